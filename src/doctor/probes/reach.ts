import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

import type { Knock, Reached } from '../kafka.ts';

/** Whether somebody takes connections at `host:port`. */
export function knock(address: string, patienceMs: number): Promise<Knock> {
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

/** Whether whoever takes connections there speaks TLS, and with which certificate. */
export function reach(address: string, patienceMs: number): Promise<Reached> {
  const { host, port } = placeOf(address);
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    // Nothing is sent over it: whether the certificate is trusted is what is asked here.
    const socket = connectTls({ host, port, ...servername, rejectUnauthorized: false });
    const end = (tls: boolean, distrust: string | null): void => {
      clearTimeout(late);
      socket.destroy();
      resolve({ address, tls, distrust });
    };
    const late = setTimeout(() => end(false, null), patienceMs);
    socket.once('secureConnect', () => {
      const reason: unknown = socket.authorizationError;
      end(true, socket.authorized ? null : String(reason));
    });
    socket.once('error', () => end(false, null));
  });
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port = '9092'] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) };
}
