import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';

import { freePort } from '../../stack/ports.ts';

const root = join(import.meta.dirname, '../..');

let inbox: ChildProcess;
let smtpPort: number;
let url: string;

beforeAll(async () => {
  smtpPort = await freePort();
  const inboxPort = await freePort([smtpPort]);
  url = `http://127.0.0.1:${inboxPort}`;
  const main = join(root, 'stack/inbox/main.ts');
  inbox = spawn(process.execPath, ['--import', 'tsx', main, String(smtpPort), String(inboxPort)], { cwd: root });
  for (let ready = false; !ready;) {
    ready = await fetch(`${url}/api/ready`).then(
      ({ ok }) => ok,
      () => new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
    );
  }
}, 30_000);

afterAll(async () => {
  if (inbox.exitCode === null) {
    inbox.kill();
    await once(inbox, 'exit');
  }
});

const hostileMail = `<!doctype html><html><head><title>Mail</title></head><body>
  <script>fetch('/api/messages', { method: 'DELETE' })</script>
  <img src="https://evil.test/pixel.gif"><form action="/api/messages" method="post"><button>Press</button></form>
  <a href="https://example.test/" rel="opener">Open</a></body></html>`;

async function receive(html: string): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  await transport.sendMail({ from: 'a@acme.test', to: 'b@acme.test', subject: 'Hello', text: 'Hello', html });
  const [mail] = (await (await fetch(`${url}/api/messages`)).json()) as { id: string }[];
  return mail?.id ?? '';
}

describe('stack/inbox', () => {
  it('lives on when a connection is reset in the middle of a mail', async () => {
    for (const last of ['MAIL FROM:<a@acme.test>', 'RCPT TO:<b@acme.test>', 'DATA', 'half a mail']) {
      const socket = connect(smtpPort, '127.0.0.1').on('error', () => undefined);
      await conversation(socket, ['EHLO acme.test', 'MAIL FROM:<a@acme.test>', 'RCPT TO:<b@acme.test>', 'DATA'], last);
      socket.resetAndDestroy();
    }
    await receive('<p>after the storm</p>');
    expect(inbox.exitCode).toBeNull();
  });

  it.each([
    ['in the middle of a request', 'GET /api/messages HTTP/1.1\r\nHost: localhost\r\n'],
    ['in the middle of a body', 'DELETE /api/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf'],
    ['before an answer', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['after nonsense', 'nonsense\r\n\r\n'],
    ['after a path that is no path', 'GET // HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['after a host that is no host', 'GET http://[/ HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('lives on when a connection of a browser is reset %s', async (_when, said) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise<unknown>((resolve) => socket.write(said, resolve));
    socket.resetAndDestroy();
    const { status } = await fetch(`${url}/api/ready`);
    expect(status).toBe(200);
    expect(inbox.exitCode).toBeNull();
  });

  it('lives on when connections are reset before a word was said', async () => {
    for (const port of [smtpPort, Number(new URL(url).port)]) {
      for (let time = 0; time < 20; time += 1) {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined);
        await once(socket, 'connect');
        socket.resetAndDestroy();
      }
    }
    await receive('<p>after the storm</p>');
    expect(inbox.exitCode).toBeNull();
  });

  it('keeps no half of a mail that broke off', async () => {
    const before = ((await (await fetch(`${url}/api/messages`)).json()) as unknown[]).length;
    for (const _time of [1, 2, 3]) {
      const socket = connect(smtpPort, '127.0.0.1').on('error', () => undefined);
      const lines = ['EHLO acme.test', 'MAIL FROM:<a@acme.test>', 'RCPT TO:<b@acme.test>', 'DATA'];
      await conversation(socket, lines, 'half a mail');
      socket.resetAndDestroy();
    }
    await receive('<p>whole</p>');
    expect((await (await fetch(`${url}/api/messages`)).json()) as unknown[]).toHaveLength(before + 1);
  });

  it('gives the HTML of a mail no rights: no script, no form, nothing fetched, links away from the inbox', async () => {
    const answer = await fetch(`${url}/m/${await receive(hostileMail)}/html`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    const directives = policy.split('; ');
    expect(directives).toContain("default-src 'none'");
    expect(directives).toContain("style-src 'unsafe-inline'");
    expect(directives).toContain('img-src data:');
    expect(directives).toContain("form-action 'none'");
    const sandbox = directives.find((one) => one.startsWith('sandbox'));
    expect(sandbox).toBeDefined();
    expect(sandbox).not.toMatch(/allow-(scripts|forms|top-navigation)/);
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toContain('<head><base target="_blank">');
  });

  it('shows it in a frame that has no more rights', async () => {
    const answer = await fetch(`${url}/m/${await receive('<p>Hi</p>')}`);
    const [, sandbox = ''] = /<iframe sandbox="([^"]*)"/.exec(await answer.text()) ?? [];
    expect(sandbox).not.toMatch(/allow-(scripts|forms|top-navigation)/);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('answers for this machine only, whatever a web page calls it', async () => {
    const { status } = await new Promise<{ status: number }>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
        socket.end('GET /api/messages HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n'),
      );
      socket.once('data', (data) => resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(String(data))?.[1]) }));
      socket.once('error', reject);
    });
    expect(status).toBe(403);
  });
});

/** Says the lines up to and with the last, each after the answer to the one before. */
async function conversation(socket: Socket, lines: readonly string[], last: string): Promise<void> {
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  const answered = async (): Promise<void> => {
    for (;;) {
      const { value } = await answers.next();
      if (/^\d{3} /.test(String(value))) {
        return;
      }
    }
  };
  await answered();
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    await answered();
    if (line === last) {
      return;
    }
  }
  socket.write(`${last}\r\n`);
}
