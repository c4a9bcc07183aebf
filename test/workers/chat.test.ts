import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import type { ChatMessage } from '../../src/messages/chat/message.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { createChat } from '../../workers/chat.ts';
import { createMail } from '../../workers/mail.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeDigestWindows } from '../fakes/digest-windows.ts';
import { fakeJob, FakeJobs } from '../fakes/jobs.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';
import { inBerlin } from '../fakes/rule-books.ts';

const approvers = ['desk@acme.com', 'slack:partners'];
const approval: Approval = ask({ context, request: requestOf(), approvers, now: registeredAt });
const asking = { kind: 'approval-request', approvalId: approval.id, approver: 1, reminder: false } as const;

async function setup(post: (channel: string) => Promise<void> = async () => undefined) {
  const posted: { readonly channel: string; readonly message: ChatMessage }[] = [];
  const mailed: string[] = [];
  const approvals = new FakeApprovals();
  const accounts = new FakeAccounts();
  const [audit, jobs] = [new FakeAudit(), new FakeJobs()];
  accounts.add(mia.userId, { emailVerified: true });
  await approvals.open(approval);
  const deps = {
    approvals,
    users: accounts,
    audit,
    jobs,
    windows: new FakeDigestWindows(() => registeredAt),
    stateOf: async () => 'unknown' as const,
    now: () => registeredAt,
    linkFor: (_approval: Approval, approver: number) => `https://vestibule.test/approvals/${approver}`,
  };
  const chat = createChat({
    ...deps,
    rules: () => inBerlin,
    async post(channel, message) {
      await post(channel);
      posted.push({ channel, message });
    },
  });
  const mail = createMail({ ...deps, send: async (to) => void mailed.push(to) });
  return { chat, mail, posted, mailed, approvals, accounts, audit, jobs };
}

const decide = async (approvals: FakeApprovals, changes: Partial<Approval> = {}) => {
  const vote = { approver: 'desk@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null } as const;
  const decided = { state: 'approved', decidedAt: registeredAt, votes: [vote], tellOthers: true } as const;
  await approvals.replace({ ...approval, revision: 2, ...decided, ...changes });
};

describe('workers/chat', () => {
  it('gets the question to a channel from the queue of mails, which asks all approvers, and sends no mail', async () => {
    const { mail, mailed, jobs } = await setup();
    await expect(mail(fakeJob<'mail'>(asking, 'ask-1'))).resolves.toBe('handed-to-chat');
    await expect(mail(fakeJob<'mail'>({ ...asking, approver: 0 }, 'ask-0'))).resolves.toBe('sent');
    expect(mailed).toEqual(['desk@acme.com']);
    expect(jobs.in('chat')).toEqual([{ id: 'ask-1', data: asking }]);
  });

  it('asks the channel with the link that is its own, says until when in its zone, and records it', async () => {
    const { chat, posted, audit } = await setup();
    await expect(chat(fakeJob<'chat'>(asking))).resolves.toBe('sent');
    expect(posted.map(({ channel }) => channel)).toEqual(['slack:partners']);
    const text = JSON.stringify(posted);
    expect(text).toContain('https://vestibule.test/approvals/1');
    expect(text).toContain('GMT+1');
    expect(audit.entries).toEqual([expect.objectContaining({ kind: 'asked', to: 'slack:partners' })]);
  });

  it('posts no second message while only the record is missing', async () => {
    const { chat, posted, audit } = await setup();
    const job = fakeJob<'chat'>(asking);
    audit.state = 'full';
    await expect(chat(job)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    audit.state = 'kept';
    await expect(chat(job)).resolves.toBe('sent');
    expect(posted).toHaveLength(1);
  });

  it('posts once more what may have arrived, and not a third time', async () => {
    let posts = 0;
    const { chat } = await setup(async () => {
      posts++;
      throw new ServiceError('CHAT_UNANSWERED', 'no answer');
    });
    const job = fakeJob<'chat'>(asking);
    await expect(chat(job)).rejects.toMatchObject({ code: 'CHAT_UNANSWERED', retryable: true });
    await expect(chat(job)).rejects.toMatchObject({ code: 'CHAT_UNCLEAR', retryable: false });
    await expect(chat(job)).rejects.toMatchObject({ code: 'CHAT_UNCLEAR' });
    expect(posts).toBe(2);
  });

  it('counts a process that died before the answer as one time', async () => {
    const { chat, posted } = await setup();
    const job = fakeJob<'chat'>({ ...asking, unanswered: 1 });
    await expect(chat(job)).resolves.toBe('sent');
    expect(posted).toHaveLength(1);
  });

  it('posts as often as it takes what the service did not take', async () => {
    let refusals = 5;
    const { chat, posted } = await setup(async () => {
      if (refusals-- > 0) {
        throw new ServiceError('CHAT_UNAVAILABLE', 'too many', { retryAfterMs: 1_000 });
      }
    });
    const job = fakeJob<'chat'>(asking);
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(chat(job)).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE' });
    }
    await expect(chat(job)).resolves.toBe('sent');
    expect(posted).toHaveLength(1);
  });

  it('tells a channel that has not voted that others have decided, by whom, also when the account is gone', async () => {
    const { chat, posted, approvals, accounts } = await setup();
    await decide(approvals);
    const job = { kind: 'decided', approvalId: approval.id, approver: 1 } as const;
    await expect(chat(fakeJob<'chat'>(job))).resolves.toBe('sent');
    expect(posted[0]?.message.heading).toContain('approved by desk@acme.com');
    await accounts.apply(mia, { kind: 'delete' });
    await expect(chat(fakeJob<'chat'>(job))).resolves.toBe('sent');
    expect(posted[1]?.message.heading).toBe('Somebody: approved by desk@acme.com');
  });

  it('tells nothing of an approval that waits again, or that the channel decided itself', async () => {
    const { chat, posted, approvals } = await setup();
    const job = { kind: 'decided', approvalId: approval.id, approver: 1 } as const;
    await expect(chat(fakeJob<'chat'>(job))).resolves.toBe('no-longer-told');
    const vote = { approver: 'slack:partners', verdict: 'reject', at: 0, ip: null, userAgent: null } as const;
    await decide(approvals, { state: 'rejected', votes: [vote] });
    await expect(chat(fakeJob<'chat'>(job))).resolves.toBe('no-longer-told');
    expect(posted).toEqual([]);
  });
});
