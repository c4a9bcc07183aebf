import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approval/ask.ts';
import type { ApprovalRequest } from '../../src/rules/model.ts';
import type { Mail } from '../../src/mail/messages.ts';
import { withoutPersonalData } from '../../src/personal-data.ts';
import { createMail } from '../../workers/mail.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { fakeJob } from '../fakes/jobs.ts';
import { mia, occasion, registeredAt } from '../fakes/registrations.ts';

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
const approval = ask({ occasion, request, approvers: ['desk@acme.com'], now: registeredAt });
const asking = { kind: 'approval-request', approvalId: approval.id, approver: 0, reminder: false } as const;

async function setup(emailVerified = true) {
  const sent: { to: string; mail: Mail }[] = [];
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { emailVerified });
  const approvals = new FakeApprovals();
  await approvals.open(approval);
  const handle = createMail({
    approvals,
    users: accounts,
    send: async (to, mail) => void sent.push({ to, mail }),
    linkFor: (_approval, approver) => `https://vestibule.test/approvals/${approver}`,
  });
  return { sent, handle, approvals, accounts };
}

describe('workers/mail', () => {
  it('asks an approver with the link that is theirs', async () => {
    const { sent, handle } = await setup();
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('sent');
    expect(sent[0]?.to).toBe('desk@acme.com');
    expect(sent[0]?.mail.text).toContain('https://vestibule.test/approvals/0');
  });

  it('asks nobody before the address is verified that the rule waits for', async () => {
    const { sent, handle } = await setup(false);
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('not-verified-yet');
    expect(sent).toEqual([]);
  });

  it('does not ask a person about themselves who has taken the address of an approver', async () => {
    const { sent, handle, accounts } = await setup();
    accounts.add(mia.userId, { emailVerified: true, email: 'Desk@acme.com' });
    await expect(handle(fakeJob<'mail'>(asking))).resolves.toBe('own-registration');
    expect(sent).toEqual([]);
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
      who: { realm: 'acme', userId: mia.userId },
      message: 'approved',
      application: 'Partner Portal',
    });
    await handle(job);
    expect(sent[0]?.mail.subject).toBe('Ihre Registrierung für Partner Portal ist angenommen');
    expect(JSON.stringify(job.data)).not.toContain('mia@example.test');
  });

  it('asks Keycloak for the address when a mail that was given up is tried again', async () => {
    const { sent, handle, accounts } = await setup();
    const given = withoutPersonalData('mail', {
      kind: 'person',
      key: 'k',
      to: { address: 'mia@example.test', locale: 'de' },
      who: { realm: 'acme', userId: mia.userId },
      message: 'approved',
      application: 'Partner Portal',
    });
    expect(JSON.stringify(given)).not.toContain('mia@');
    accounts.add(mia.userId, { email: 'mia@new.test' });
    await expect(handle(fakeJob<'mail'>(given))).resolves.toBe('sent');
    expect(sent.map(({ to, mail }) => [to, mail.subject])).toEqual([
      ['mia@new.test', 'Ihre Registrierung für Partner Portal ist angenommen'],
    ]);
    await accounts.delete({ realm: 'acme', userId: mia.userId });
    await expect(handle(fakeJob<'mail'>(given))).resolves.toBe('user-gone');
    expect(sent).toHaveLength(1);
  });
});
