import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { SMTPServer, type SMTPServerAddress } from 'smtp-server';

import { Mailbox } from './mailbox.ts';
import { listPage, mailPage } from './pages.ts';

const [smtpPort, inboxPort] = process.argv.slice(2).map(Number);
const mailbox = new Mailbox();

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    void keep(stream, session.envelope.rcptTo, done);
  },
});
smtp.listen(smtpPort, '127.0.0.1');

const http = createServer((request, response) => answer(request, response));
http.listen(inboxPort, '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));

async function keep(
  stream: AsyncIterable<Buffer>,
  recipients: readonly SMTPServerAddress[],
  done: (error?: Error) => void,
): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
    }
    await mailbox.keep(
      Buffer.concat(chunks),
      recipients.map(({ address }) => address),
    );
    done();
  } catch (error) {
    done(error as Error);
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://inbox');
  const [, id, html] = /^\/m\/([0-9a-f-]{36})(\/html)?$/.exec(pathname) ?? [];
  const mail = id === undefined ? undefined : mailbox.find(id);
  if (pathname === '/api/ready') {
    send(response, smtp.server.listening ? 200 : 503, 'text/plain', '');
  } else if (pathname === '/api/messages' && request.method === 'DELETE') {
    mailbox.clear();
    send(response, 204, 'text/plain', '');
  } else if (pathname === '/api/messages') {
    send(response, 200, 'application/json', JSON.stringify(mailbox.list(searchParams.get('to'))));
  } else if (pathname === '/') {
    send(response, 200, 'text/html', listPage(mailbox.list()));
  } else if (mail !== undefined) {
    send(response, 200, 'text/html', html === undefined ? mailPage(mail) : (mail.html ?? ''));
  } else {
    send(response, 404, 'text/plain', 'no such mail');
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
}
