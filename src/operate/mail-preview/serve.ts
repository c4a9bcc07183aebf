import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { PreviewFile } from './pages.ts';

export interface PreviewServer {
  readonly url: string;
  close(): Promise<void>;
}

const common = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
const nothing = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const pagePolicy = `${nothing}; frame-src 'self'; frame-ancestors 'none'`;
const framePolicy = `${nothing}; img-src data:; frame-ancestors 'self'; sandbox`;

/**
 * Serves pages on this machine alone. They are made anew at each request.
 * @throws ServiceError CONFIG_INVALID when the port is taken
 */
export async function servePreview(
  filesNow: () => Promise<ReadonlyMap<string, PreviewFile>>,
  port = 0,
): Promise<PreviewServer> {
  let own = port;
  const server = createServer((request, response) => {
    // A web page that gives its own name this address could else read what is served here.
    if (!['127.0.0.1', 'localhost'].some((name) => request.headers.host === `${name}:${own}`)) {
      answer(response, 403, 'this address answers for localhost only');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'there is nothing to change here');
      return;
    }
    void filesNow()
      .then((files) => send(response, files.get(pathOf(request.url ?? '/'))))
      .catch((error: unknown) => {
        if (!isServiceError(error)) {
          throw error;
        }
        answer(response, 500, error.message);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ServiceError('CONFIG_INVALID', `cannot listen on port ${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  own = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${own}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pathOf(url: string): string {
  const path = url.split('?')[0] ?? '/';
  return path === '/' ? 'index.html' : path.slice(1);
}

function send(response: ServerResponse, file: PreviewFile | undefined): void {
  if (file === undefined) {
    answer(response, 404, 'there is no such page');
    return;
  }
  const { type, framed, content } = file;
  const policy = framed === true ? framePolicy : pagePolicy;
  response.writeHead(200, { ...common, 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy });
  response.end(content());
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...common,
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': pagePolicy,
  });
  response.end(`${text}\n`);
}
