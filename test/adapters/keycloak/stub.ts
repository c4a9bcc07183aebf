import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createKeycloak, type Keycloak } from '../../../src/adapters/keycloak/keycloak.ts';

export interface Visible {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export type Reply = (response: ServerResponse, seen: Visible) => void;

export interface Stub {
  readonly keycloak: Keycloak;
  /** Requests to the Admin API, in order. */
  readonly seen: Visible[];
  /** Tokens given out so far. */
  readonly tokens: () => number;
  close(): Promise<void>;
}

export interface StubOptions {
  /** What the Admin API answers. */
  readonly admin: Reply;
  /** What the token endpoint answers to the nth request, from 1. */
  readonly token?: (response: ServerResponse, nth: number) => void;
  readonly timeoutMs?: number;
}

/** Something that answers as oddly as real networks do, with our adapter in front of it. */
export async function startStub({ admin, token = giveToken(300), timeoutMs = 2_000 }: StubOptions): Promise<Stub> {
  const seen: Visible[] = [];
  let tokens = 0;
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().on('end', () => {
      if (request.url?.includes('/openid-connect/token')) {
        token(response, ++tokens);
        return;
      }
      const entry = {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
      };
      seen.push(entry);
      admin(response, entry);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const keycloak = createKeycloak({
    url: `http://127.0.0.1:${port}`,
    clientId: 'vestibule',
    secretOf: () => 'secret',
    timeoutMs,
    connections: 4,
  });
  return {
    keycloak,
    seen,
    tokens: () => tokens,
    close: async () => {
      await keycloak.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const giveToken =
  (lifetimeSeconds: number) =>
  (response: ServerResponse, nth: number): void =>
    json(200, { access_token: `token-${nth}`, expires_in: lifetimeSeconds })(response);

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

export const html =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response
      .writeHead(status, { 'content-type': 'text/html', ...headers })
      .end('<html>Log in with mia@example.test</html>');

export const noContent = (response: ServerResponse): void => void response.writeHead(204).end();
