import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** The loopback address that the connection comes from. */
  readonly from?: string;
}

export const formType = 'application/x-www-form-urlencoded';

/** One request over a connection of its own. Follows no redirect. */
export function send(url: string, { method = 'GET', headers = {}, body, from }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(
      url,
      {
        method,
        agent: false,
        headers: { ...length, ...headers },
        ...(from === undefined ? {} : { localAddress: from }),
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends a form as a browser does. */
export function sendForm(url: string, fields: Readonly<Record<string, string>>, more: Sent = {}): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  return send(url, { method: 'POST', body, ...more, headers: { 'content-type': formType, ...more.headers } });
}

/** Sends bytes as they are, and gives all that comes until the connection ends. */
export function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** Every page has a number of its own, to ask with. */
export function withoutId(body: string): string {
  return body.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
}
