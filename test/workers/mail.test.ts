import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import type { ApprovalRequest } from '../../src/rules/model.ts';
import type { Mail } from '../../src/messages/mail/mail.ts';
import { plainStyle } from '../../src/messages/mail/style.ts';
import { withoutPersonalData } from '../../src/jobs/queues.ts';
import { isServiceError, ServiceError } from '../../src/platform/errors.ts';
import { withdraw } from '../../src/approvals/transitions.ts';
import { createMail, type MailDeps } from '../../workers/mail.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeDigestWindows } from '../fakes/digest-windows.ts';
import { fakeJob, FakeJobs } from '../fakes/jobs.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';

const request: ApprovalRequest = {
  approvers: [],
  need: 1,
  hold: 'gate',
  waitFor: 'email-verified',
  remindAfter: null,
  expireAfter: 1_000,
  approved: [],
  rejected: [],
  expired: [],
};
const approval = ask({ context, request, approvers: ['desk@acme.com'], now: registeredAt });
const { realm, clientId, userId, eventId } = mia;
const who = { realm, clientId, userId, eventId };
const asking = { kind: 'approval-request', approvalId: approval.id, approver: 0, reminder: false } as const;

/** What the mail server does with a mail. `beforeEnd` comes before it has the mail. */
type Server = (beforeEnd: () => Promise<void>, mail: Mail) => Promise<void>;

async function setup(
  emailVerified = true,
  now = registeredAt,
  server: Server = (beforeEnd) => beforeEnd(),
  more: Partial<MailDeps> = {},
) {
  const sent: { to: string; mail: Mail }[] = [];
  const audit = new FakeAudit();
  const accounts = new FakeAccounts();
  const jobs = new FakeJobs();
  accounts.add(mia.userId, { emailVerified });
  const approvals = new FakeApprovals();
  await approvals.open(approval);
  const handle = createMail({
    approvals,
    users: accounts,
    async send(to, mail, beforeEnd) {
      await server(beforeEnd, mail);
      sent.push({ to, mail });
    },
    linkFor: (_approval, approver) => `https://vestibule.test/approvals/${approver}`,
    withdrawLink: ({ id }) => `https://vestibule.test/withdraw/${id}`,
    audit,
    jobs,
    windows: new FakeDigestWindows(() => now),
    stateOf: async () => 'unknown',
    now: () => now,
    ...more,
  });
  return { sent, handle, approvals, accounts, audit };
}

describe('workers/mail', () => {
  it('asks an approver with the link that is theirs', async () => {
    const { sent, handle } = await setup();
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('sent');
    expect(sent[0]?.to).toBe('desk@acme.com');
    expect(sent[0]?.mail.text).toContain('https://vestibule.test/approvals/0');
  });

  it('sends what the client’s rule file says of sender and answers, and tells what came before', async () => {
    const { sent, handle } = await setup(true, registeredAt, undefined, {
      styleFor: (...of) => ({ ...plainStyle, from: `${of.join('-')}@acme.com`, replyTo: 'desk@acme.com' }),
      recentOf: async () => ({ fromAddress: 13 }),
    });
    await handle(fakeJob<'mail'>(asking));
    expect(sent[0]?.mail).toMatchObject({ from: `${realm}-${clientId}@acme.com`, replyTo: 'desk@acme.com' });
    expect(sent[0]?.mail.text).toContain('192.0.2.7 (other registrations from there in 24 hours: 12)');
  });

  it('gives a person who waits the link with which to withdraw, and nobody else', async () => {
    const { sent, handle, approvals } = await setup();
    const { address: to, locale } = context.person ?? { address: '', locale: null };
    const pending = { kind: 'person', key: 'k', to: { address: to, locale }, who, message: 'pending' } as const;
    const link = `https://vestibule.test/withdraw/${approval.id}`;
    const data = { ...pending, application: 'Partner Portal' };
    await handle(fakeJob<'mail'>({ ...data, approval: approval.id }));
    await handle(fakeJob<'mail'>(data));
    await approvals.replace(withdraw(approval, registeredAt));
    await handle(fakeJob<'mail'>({ ...data, approval: approval.id }));
    expect(sent.map(({ mail }) => [mail.text.includes(link), mail.html.includes(link)])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it('asks nobody while the address is not verified that the rule waits for, and stays ready to', async () => {
    const { sent, handle, accounts } = await setup(false);
    const job = fakeJob<'mail'>(asking);
    await expect(handle(job)).rejects.toMatchObject({ code: 'ADDRESS_UNVERIFIED' });
    expect(sent).toEqual([]);
    accounts.add(mia.userId, { emailVerified: true });
    await expect(handle(job)).resolves.toBe('sent');
    expect(sent).toHaveLength(1);
  });

  it('takes nobody for gone who may only be invisible yet, but does so later', async () => {
    const { sent, handle, accounts } = await setup();
    await accounts.apply(mia, { kind: 'delete' });
    await expect(handle(fakeJob<'mail'>(asking))).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
    accounts.add(mia.userId, { emailVerified: true });
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('sent');
    expect(sent).toHaveLength(1);

    const later = await setup(true, registeredAt + 60_000);
    await later.accounts.apply(mia, { kind: 'delete' });
    await expect(later.handle(fakeJob<'mail'>(asking))).resolves.toBe('user-gone');
  });

  it('records whom it asked and reminded, after the mail server has the mail', async () => {
    const { audit, handle } = await setup();
    await handle(fakeJob<'mail'>(asking));
    await handle(fakeJob<'mail'>({ ...asking, reminder: true }));
    expect(audit.entries).toEqual([
      expect.objectContaining({ kind: 'asked', to: 'desk@acme.com', approval: approval.id, userId: mia.userId }),
      expect.objectContaining({ kind: 'reminded', to: 'desk@acme.com', approval: approval.id, userId: mia.userId }),
    ]);
  });

  it('sends no second mail while only the record is missing', async () => {
    const { audit, sent, handle } = await setup();
    const job = fakeJob<'mail'>(asking);
    const record = audit.record.bind(audit);
    audit.record = () => Promise.reject(new Error('Kafka is away'));
    await expect(handle(job)).rejects.toThrow('Kafka is away');
    audit.record = record;
    await expect(handle(job)).resolves.toBe('sent');
    expect(sent).toHaveLength(1);
    expect(audit.kinds).toEqual(['asked']);
  });

  it('reminds nobody who voted since', async () => {
    const { sent, handle, approvals } = await setup();
    const vote = {
      approver: 'desk@acme.com',
      verdict: 'approve',
      at: registeredAt,
      ip: null,
      userAgent: null,
    } as const;
    await approvals.replace({ ...approval, revision: 2, need: 2, votes: [vote] });
    await expect(handle(fakeJob<'mail'>({ ...asking, reminder: true }))).resolves.toBe('no-longer-asked');
    expect(sent).toEqual([]);
  });

  it('does not ask a person about themselves who has taken the address of an approver', async () => {
    const { sent, handle, accounts } = await setup();
    accounts.add(mia.userId, { emailVerified: true, email: 'Desk@acme.com' });
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('own-registration');
    expect(sent).toEqual([]);
  });

  it('asks about somebody whose address is not verified, where the rule does not wait for that any more', async () => {
    const { sent, handle, approvals } = await setup(false);
    await approvals.replace({ ...approval, revision: 2, waitFor: null });
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('sent');
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['an approval that is not there', { approvalId: 'gone' }],
    ['an approver whom the approval does not have', { approver: 7 }],
  ])('asks nobody for %s', async (_, changes) => {
    const { sent, handle, audit } = await setup();
    await expect(handle(fakeJob<'mail'>({ ...asking, ...changes }))).resolves.toBe('no-longer-asked');
    expect([sent, audit.entries]).toEqual([[], []]);
  });

  it('asks nobody about what is decided', async () => {
    const { sent, handle, approvals } = await setup();
    await approvals.replace({ ...approval, revision: 2, state: 'rejected' });
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('no-longer-asked');
    expect(sent).toEqual([]);
  });

  it('tells the person in their language, and forgets the address with the job', async () => {
    const { sent, handle } = await setup();
    const job = fakeJob<'mail'>({
      kind: 'person',
      key: 'k',
      to: { address: 'mia@example.test', locale: 'de' },
      who,
      message: 'approved',
      application: 'Partner Portal',
    });
    await handle(job);
    expect(sent[0]?.mail.subject).toBe('Ihr Zugang zu Partner Portal ist freigeschaltet');
    expect(JSON.stringify(job.data)).not.toContain('mia@example.test');
  });

  it('asks Keycloak for the address when a mail that was given up is tried again', async () => {
    const { sent, handle, accounts } = await setup();
    const given = withoutPersonalData('mail', {
      kind: 'person',
      key: 'k',
      to: { address: 'mia@example.test', locale: 'de' },
      who,
      message: 'approved',
      application: 'Partner Portal',
      reason: 'because mia@example.test is not ours',
    });
    expect(JSON.stringify(given)).not.toContain('mia@');
    accounts.add(mia.userId, { email: 'mia@new.test' });
    await expect(handle(fakeJob<'mail'>(given))).resolves.toBe('sent');
    expect(sent.map(({ to, mail }) => [to, mail.subject])).toEqual([
      ['mia@new.test', 'Ihr Zugang zu Partner Portal ist freigeschaltet'],
    ]);
    await accounts.apply({ realm: 'acme', userId: mia.userId }, { kind: 'delete' });
    await expect(handle(fakeJob<'mail'>(given))).resolves.toBe('user-gone');
    expect(sent).toHaveLength(1);
  });

  describe('when it is not known whether a mail arrived', () => {
    const unanswered = new ServiceError('MAIL_UNANSWERED', 'no answer');
    const outcomeOf = (work: Promise<string>) =>
      work.catch((error: unknown) => (isServiceError(error) ? error.code : String(error)));

    it('sends it once more, and never a third time', async () => {
      const ids: string[] = [];
      const { handle, audit } = await setup(true, registeredAt, async (beforeEnd, { key }) => {
        await beforeEnd();
        ids.push(key);
        throw unanswered;
      });
      const job = fakeJob<'mail'>(asking);
      await expect(outcomeOf(handle(job))).resolves.toBe('MAIL_UNANSWERED');
      await expect(outcomeOf(handle(job))).resolves.toBe('MAIL_UNCLEAR');
      await expect(outcomeOf(handle(job))).resolves.toBe('MAIL_UNCLEAR');
      expect(ids).toHaveLength(2);
      expect(ids[1]).toBe(ids[0]);
      expect(audit.kinds).toEqual([]);
    });

    it('counts the times that the process died after the end of the mail', async () => {
      let arrived = 0;
      const { handle } = await setup(true, registeredAt, async (beforeEnd) => {
        await beforeEnd();
        arrived += 1;
        throw new Error('killed');
      });
      const job = fakeJob<'mail'>(asking);
      const save = job.save.bind(job);
      for (const _death of [1, 2, 3]) {
        let saves = 0;
        job.save = (data) => ((saves += 1) === 1 ? save(data) : Promise.reject(new Error('killed')));
        await outcomeOf(handle(job));
      }
      expect(arrived).toBe(2);
    });

    it('counts no refusal, however often', async () => {
      let tries = 0;
      const { handle, sent } = await setup(true, registeredAt, async (beforeEnd) => {
        await beforeEnd();
        if ((tries += 1) < 5) {
          throw new ServiceError('MAIL_UNAVAILABLE', 'full');
        }
      });
      const job = fakeJob<'mail'>(asking);
      for (const _attempt of [1, 2, 3, 4]) {
        await expect(outcomeOf(handle(job))).resolves.toBe('MAIL_UNAVAILABLE');
      }
      await expect(outcomeOf(handle(job))).resolves.toBe('sent');
      expect(sent).toHaveLength(1);
    });

    it('counts no attempt that did not come to the end of the mail', async () => {
      const { handle } = await setup(true, registeredAt, () => Promise.reject(new Error('cut')));
      const job = fakeJob<'mail'>(asking);
      for (const _attempt of [1, 2, 3]) {
        await expect(outcomeOf(handle(job))).resolves.toContain('cut');
      }
      expect(job.data).toEqual(asking);
    });

    it('sends it again when an operator has the job tried again', async () => {
      const { handle, sent } = await setup();
      const given = withoutPersonalData('mail', { ...asking, unanswered: 2 });
      await expect(handle(fakeJob<'mail'>(given))).resolves.toBe('sent');
      expect(sent).toHaveLength(1);
    });
  });
});
