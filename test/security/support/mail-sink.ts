import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** Headers that a mail may have, each once. */
const allowed = [
  'auto-submitted',
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'reply-to',
  'subject',
  'to',
  'x-auto-response-suppress',
];

/** What is wrong with the form of a mail: it would not be one mail, to one recipient, with our headers alone. */
export function faultsOf({ raw, names, to }: Received): string[] {
  return [
    ...(to.length === 1 ? [] : [`${to.length} recipients`]),
    ...names.filter((name) => !allowed.includes(name)).map((name) => `a header ${name}`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} twice`),
    ...(raw.split('\r\n').every((line) => line.length <= 998) ? [] : ['a line that is too long']),
    ...(/(?<!\r)\n|\r(?!\n)|\u0000/.test(raw) ? ['a bare line end, or a zero byte'] : []),
  ];
}

/** A mail as the server got it. */
export interface Received {
  readonly raw: string;
  /** Of the envelope. */
  readonly to: readonly string[];
  readonly from: string;
  /** Names of the headers, lower case, in order; each as often as it is there. */
  readonly names: readonly string[];
  readonly header: (name: string) => string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailSink {
  readonly url: string;
  /** All that came, in order. */
  received(): Promise<readonly Received[]>;
  forget(): void;
  /** How many connections there were. */
  connections(): number;
  close(): Promise<void>;
}

/** A mail server that takes everything, and keeps it as it came. */
export async function openMailSink(): Promise<MailSink> {
  let mails: Promise<Received>[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect: (_session, done) => ((connections += 1), done()),
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        mails.push(readMail(Buffer.concat(chunks), to, from));
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    received: () => Promise.all(mails),
    forget: () => void (mails = []),
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function readMail(bytes: Buffer, to: readonly string[], from: string): Promise<Received> {
  const raw = String(bytes);
  const [head = ''] = raw.split('\r\n\r\n');
  const lines = head.replaceAll(/\r\n[\t ]+/g, ' ').split('\r\n');
  const named = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  const { subject = '', text = '', html } = await simpleParser(bytes);
  return {
    raw,
    to,
    from,
    names: named.map(([name = '']) => name),
    header: (name) => named.find(([one]) => one === name)?.[1] ?? '',
    subject,
    text,
    html: typeof html === 'string' ? html : '',
  };
}
