import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { SMTPServer, type SMTPServerAddress } from 'smtp-server';

import { Mailbox } from './mailbox.ts';
import { listPage, mailPage, withLinksAway } from './pages.ts';
import { mailPolicy, pagePolicy, securityHeaders } from './policies.ts';
import { frameScript, listScript } from './scripts.ts';

const [smtpPort, inboxPort] = process.argv.slice(2).map(Number);
const mailbox = new Mailbox();

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    void keep(stream, session.envelope.rcptTo, done);
  },
});
// A connection that breaks off in the middle of a mail is an error here, and no reason to end. A taken port is one.
smtp.on('error', (error) => {
  if (!smtp.server.listening) {
    throw error;
  }
  console.error(`a mail was not taken: ${error.message}`);
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

const localHosts = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const send = (status: number, type: string, body: string, policy = pagePolicy): void => {
    const headers = { ...securityHeaders, 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy };
    response.writeHead(status, headers).end(body);
  };
  // Another name that leads here is a web page's trick to read the mail.
  if (!localHosts.test(request.headers.host ?? '')) {
    send(403, 'text/plain', 'this address answers for localhost only');
    return;
  }
  const place = URL.parse(`http://inbox${request.url ?? '/'}`);
  if (place === null) {
    send(400, 'text/plain', 'no such place');
    return;
  }
  const { pathname, searchParams } = place;
  const [, id, html] = /^\/m\/([0-9a-f-]{36})(\/html)?$/.exec(pathname) ?? [];
  const mail = id === undefined ? undefined : mailbox.find(id);
  if (pathname === '/api/ready') {
    send(smtp.server.listening ? 200 : 503, 'text/plain', '');
  } else if (pathname === '/api/messages' && request.method === 'DELETE') {
    mailbox.clear();
    send(204, 'text/plain', '');
  } else if (pathname === '/api/messages') {
    send(200, 'application/json', JSON.stringify(mailbox.list(searchParams.get('to'))));
  } else if (pathname === '/') {
    send(200, 'text/html', listPage(mailbox.list()));
  } else if (pathname === '/list.js') {
    send(200, 'text/javascript', listScript);
  } else if (pathname === '/frame.js') {
    send(200, 'text/javascript', frameScript);
  } else if (mail !== undefined && html !== undefined) {
    send(200, 'text/html', withLinksAway(mail.html ?? ''), mailPolicy);
  } else if (mail !== undefined) {
    send(200, 'text/html', mailPage(mail));
  } else {
    send(404, 'text/plain', 'no such mail');
  }
}
