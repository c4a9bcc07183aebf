import { createMailer } from '../../../src/adapters/mail/mailer.ts';
import { type Approval } from '../../../src/approvals/approval.ts';
import { Links } from '../../../src/approvals/links.ts';
import type { About, MailJob } from '../../../src/jobs/payloads.ts';
import { createMail } from '../../../workers/mail.ts';
import type { FakeUser } from '../../fakes/accounts.ts';
import { FakeAccounts } from '../../fakes/accounts.ts';
import { FakeApprovals } from '../../fakes/approvals.ts';
import { FakeAudit } from '../../fakes/audit.ts';
import { FakeDigestWindows } from '../../fakes/digest-windows.ts';
import { fakeJob, FakeJobs } from '../../fakes/jobs.ts';
import { mia, registeredAt } from '../../fakes/registrations.ts';
import { type MailSink, openMailSink, type Received } from './mail-sink.ts';
import { secret } from './scene.ts';

export interface Sendings {
  /** Sends the mail of a job, and gives what the server got; nothing where none was sent. */
  send(job: MailJob, about: { approval: Approval; user?: Partial<FakeUser> }): Promise<readonly Received[]>;
  /** The mailer alone. */
  readonly mailer: ReturnType<typeof createMailer>;
  readonly sink: MailSink;
  close(): Promise<void>;
}

/** The real mailer, against a server that keeps what it gets. */
export async function openMails(): Promise<Sendings> {
  const sink = await openMailSink();
  const mailer = createMailer({ url: sink.url, allowPlaintext: false, from: 'Vestibule <vestibule@acme.com>' });
  const links = new Links([secret(1)]);
  return {
    mailer,
    sink,
    async send(data, { approval, user = {} }) {
      const approvals = new FakeApprovals();
      await approvals.open(data.kind === 'decided' ? decided(approval) : approval);
      const accounts = new FakeAccounts();
      accounts.add(mia.userId, { emailVerified: true, ...user });
      const handle = createMail({
        approvals,
        users: accounts,
        send: mailer.send,
        linkFor: (of, approver) => `https://vestibule.acme.com/approvals/${links.tokenFor(of, approver)}`,
        audit: new FakeAudit(),
        jobs: new FakeJobs(),
        windows: new FakeDigestWindows(() => registeredAt),
        stateOf: async () => 'unknown',
        now: () => registeredAt,
      });
      sink.forget();
      await handle(fakeJob<'mail'>(data));
      return sink.received();
    },
    async close() {
      mailer.close();
      await sink.close();
    },
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

/** Two questions about one person: each has a link all the same. */
const collected = ({ id: approvalId }: Approval): MailJob => ({
  kind: 'digest',
  reader: 'desk',
  window: registeredAt,
  spanMs: 1,
  questions: ['ask-1', 'ask-2'].map((id) => ({ id, approvalId, approver: 0, reminder: false })),
});

/** As others have decided it, of whom the approver is none. */
const decided = (approval: Approval): Approval => ({
  ...approval,
  state: 'approved',
  decidedAt: registeredAt,
  tellOthers: true,
  votes: [{ approver: 'lead@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null }],
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
const kinds: Readonly<Record<MailJob['kind'], Readonly<Record<string, (approval: Approval) => MailJob>>>> = {
  'approval-request': {
    'asks an approver': (approval) => asking(approval, false),
    'reminds an approver': (approval) => asking(approval, true),
  },
  digest: { 'asks an approver about several': collected },
  decided: {
    'tells an approver that others have decided': ({ id }) => ({ kind: 'decided', approvalId: id, approver: 0 }),
  },
  flood: {
    'tells that a rule asks about very many': () => ({
      kind: 'flood',
      key: 'f',
      to: 'ops@acme.com',
      flood: { realm: 'acme', file: 'portal.yaml', rule: 'the desk decides', at: registeredAt },
      limit: 100,
    }),
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
