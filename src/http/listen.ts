import { createServer, type Server } from 'node:net';

import type { FastifyInstance } from 'fastify';

import type { Config } from '../platform/settings.ts';
import { ServiceError } from '../platform/errors.ts';

/** Where a server of ours listens, and the settings that say so. */
export interface Place {
  /** In words, for people. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly settings: { readonly host: string; readonly port: string };
}

type Places = Readonly<Record<'pages' | 'ops', Place>>;

export function placesOf({
  HTTP_HOST,
  HTTP_PORT,
  OPS_HOST,
  OPS_PORT,
}: Pick<Config, 'HTTP_HOST' | 'HTTP_PORT' | 'OPS_HOST' | 'OPS_PORT'>): Places {
  return {
    pages: {
      what: 'the approval pages',
      host: HTTP_HOST,
      port: HTTP_PORT,
      settings: { host: 'HTTP_HOST', port: 'HTTP_PORT' },
    },
    ops: {
      what: 'health and metrics',
      host: OPS_HOST,
      port: OPS_PORT,
      settings: { host: 'OPS_HOST', port: 'OPS_PORT' },
    },
  };
}

/**
 * Tries all places before anything else is started, and leaves them free again. Listening may still fail later, when
 * another program takes a port in between: `listen` says so in the same words.
 * @throws ServiceError CONFIG_INVALID, which names the setting to change
 */
export async function assertListenable(places: Places): Promise<void> {
  const { pages, ops } = places;
  const tried: Server[] = [];
  try {
    for (const place of [pages, ops]) {
      tried.push(await tryOut(place, place === ops && ops.port === pages.port));
    }
  } finally {
    await Promise.all(tried.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** @throws ServiceError CONFIG_INVALID, which names the setting to change */
export async function listen(app: FastifyInstance, place: Place): Promise<void> {
  try {
    await app.listen({ host: place.host, port: place.port });
  } catch (cause) {
    throw cannotListen(place, cause, false);
  }
}

function tryOut(place: Place, samePort: boolean): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => reject(cannotListen(place, cause, samePort)));
    server.listen({ host: place.host, port: place.port, exclusive: true }, () => resolve(server));
  });
}

function cannotListen({ what, host, port, settings }: Place, cause: unknown, samePort: boolean): ServiceError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const why = samePort && code === 'EADDRINUSE' ? 'SAME' : code;
  const reasons: Readonly<Record<string, string>> = {
    SAME: `HTTP_PORT and OPS_PORT are both ${port}: give them different ports`,
    EADDRINUSE: `another program has this port: set ${settings.port} to a free one, or stop that program`,
    EADDRNOTAVAIL: `this machine does not have the address ${host}: correct ${settings.host}; 0.0.0.0 stands for all addresses`,
    ENOTFOUND: `nobody knows the host name ${host}: correct ${settings.host}; 0.0.0.0 stands for all addresses`,
    EACCES: `this user may not open port ${port}: set ${settings.port} to 1024 or higher`,
  };
  const reason =
    reasons[why] ??
    `${cause instanceof Error ? cause.message : String(cause)}: look at ${settings.host} and ${settings.port}`;
  return new ServiceError('CONFIG_INVALID', `${what} cannot listen on ${host}:${port}: ${reason}`, { cause });
}
