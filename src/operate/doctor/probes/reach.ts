import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

import type { Reachability, Reached } from '../kafka/brokers.ts';

/** Whether somebody takes connections at `host:port`. */
export function tryToReach(address: string, patienceMs: number): Promise<Reachability> {
  return new Promise((resolve) => {
    const socket = connect({ ...placeOf(address), timeout: patienceMs });
    const end = (away: string | null): void => {
      socket.destroy();
      resolve({ address, away });
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end('does not answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/** Whether the server that takes connections there speaks TLS, and with which certificate. */
export function reach(address: string, patienceMs: number): Promise<Reached> {
  const { host, port } = placeOf(address);
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ host, port, ...servername });
    const end = (tls: boolean, distrust: string | null): void => {
      clearTimeout(late);
      socket.destroy();
      resolve({ address, tls, distrust });
    };
    const late = setTimeout(() => end(false, null), patienceMs);
    socket.once('secureConnect', () => end(true, null));
    socket.once('error', () => {
      // Set when TLS came about and the certificate is not trusted. The types say Error; it is Node's code of the fault.
      const distrust = socket.authorizationError as unknown as string | null | undefined;
      end(Boolean(distrust), distrust ?? null);
    });
  });
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port = '9092'] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) };
}
