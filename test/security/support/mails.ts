import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

import { createMailer } from '../../../src/adapters/mail/mailer.ts';
import { type Approval } from '../../../src/approvals/approval.ts';
import { Links } from '../../../src/approvals/links.ts';
import type { About, MailJob } from '../../../src/jobs/payloads.ts';
import { createMail } from '../../../workers/mail.ts';
import type { FakeUser } from '../../fakes/accounts.ts';
import { FakeAccounts } from '../../fakes/accounts.ts';
import { FakeApprovals } from '../../fakes/approvals.ts';
import { FakeAudit } from '../../fakes/audit.ts';
import { fakeJob } from '../../fakes/jobs.ts';
import { mia, registeredAt } from '../../fakes/registrations.ts';
import { secret } from './scene.ts';

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

export interface Sendings {
  /** Sends the mail of a job, and gives what the server got; nothing where none was sent. */
  send(job: MailJob, about: { approval: Approval; user?: Partial<FakeUser> }): Promise<readonly Received[]>;
  /** The mailer alone. */
  readonly mailer: ReturnType<typeof createMailer>;
  readonly received: Received[];
  /** Connections that the server has seen. */
  connections(): number;
  close(): Promise<void>;
}

/** The real mailer, against a server that keeps what it gets. */
export async function openMails(): Promise<Sendings> {
  const received: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect: (_session, done) => ((connections += 1), done()),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        readMail(
          Buffer.concat(chunks),
          envelope.rcptTo.map(({ address }) => address),
          from,
        ).then((mail) => (received.push(mail), done()), done);
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const mailer = createMailer({
    url: `smtp://127.0.0.1:${port}`,
    allowPlaintext: false,
    from: 'Vestibule <vestibule@acme.com>',
  });
  const links = new Links([secret(1)]);
  return {
    received,
    mailer,
    connections: () => connections,
    async send(data, { approval, user = {} }) {
      const approvals = new FakeApprovals();
      await approvals.open(approval);
      const accounts = new FakeAccounts();
      accounts.add(mia.userId, { emailVerified: true, ...user });
      const handle = createMail({
        approvals,
        users: accounts,
        send: mailer.send,
        linkFor: (of, approver) => `https://vestibule.acme.com/approvals/${links.tokenFor(of, approver)}`,
        audit: new FakeAudit(),
        now: () => registeredAt,
      });
      received.length = 0;
      await handle(fakeJob<'mail'>(data));
      return [...received];
    },
    async close() {
      mailer.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
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

export const about: About = {
  eventId: mia.eventId,
  registeredAt,
  realm: 'acme',
  clientId: 'partner-portal',
  userId: mia.userId,
  source: 'form',
  application: 'Partner Portal',
  rule: 'the desk decides',
};

const asking = (approval: Approval, reminder: boolean): MailJob => ({
  kind: 'approval-request',
  approvalId: approval.id,
  approver: 0,
  reminder,
});

const { realm, clientId, userId, eventId } = mia;
const telling = (message: string): MailJob => ({
  kind: 'person',
  key: `${message}-1`,
  to: { address: 'mia@example.test', locale: 'en' },
  who: { realm, clientId, userId, eventId },
  message,
  application: 'Partner Portal',
});

/** Every mail that the service sends. The compiler names a kind that is missing. */
export const kinds: Readonly<Record<MailJob['kind'], Readonly<Record<string, (approval: Approval) => MailJob>>>> = {
  'approval-request': {
    'asks an approver': (approval) => asking(approval, false),
    'reminds an approver': (approval) => asking(approval, true),
  },
  person: Object.fromEntries(
    ['welcome', 'pending', 'approved', 'rejected', 'expired', 'refused'].map((message) => [
      `tells the person: ${message}`,
      () => telling(message),
    ]),
  ),
  notify: {
    'tells administrators': () => ({ kind: 'notify', key: 'n', to: 'ops@acme.com', subject: null, about }),
  },
  'rule-stopped': {
    'tells that a rule is stopped': () => ({
      kind: 'rule-stopped',
      key: 's',
      to: 'ops@acme.com',
      stopped: { realm: 'acme', file: 'portal.yaml', rule: 'the desk decides', at: registeredAt },
      limit: 60,
    }),
  },
};

export const everyMail = Object.values(kinds).flatMap((mails) => Object.entries(mails));
