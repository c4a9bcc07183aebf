import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The usual ports, taken when they are free. */
export const usualPorts = {
  keycloak: 8080,
  keycloakManagement: 9000,
  kafka: 9092,
  kafkaController: 9093,
  redis: 6379,
  smtp: 1025,
  inbox: 8025,
} as const;

/** The usual ports of what the demo starts besides: its applications, the approval pages, health and metrics. */
export const demoPorts = { site: 8100, pages: 8090, ops: 9464 } as const;

export type Ports = { readonly [Name in keyof typeof usualPorts]: number };

/** Picks a port for each server: the usual one, or a free one when that is taken or when other ports are asked for. */
export async function choosePorts(preferUsual: boolean): Promise<Ports> {
  const chosen: Record<string, number> = {};
  for (const [name, usual] of Object.entries(usualPorts)) {
    chosen[name] = preferUsual && (await isFree(usual)) ? usual : await freePort(Object.values(chosen));
  }
  return chosen as Ports;
}

/** Whether a server could listen there on loopback. */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Free ports are looked for here. Browsers block none of these. */
export const freeRange = { from: 20_000, to: 32_000 } as const;

/**
 * Below the range from which systems give ports to outgoing connections (32768 on Linux, 49152 elsewhere): a server
 * that listens only seconds later would sometimes find a port from there taken by a client.
 */
export async function freePort(taken: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(freeRange.from, freeRange.to);
    if (!taken.includes(port) && (await isFree(port))) {
      return port;
    }
  }
}
