import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import { settleApproval } from '../../src/approvals/settle.ts';
import { Shown } from '../../src/approvals/shown.ts';
import { takeVotesBack } from '../../src/approvals/take-back.ts';
import { beginAsking, vote } from '../../src/approvals/transitions.ts';
import type { Approval } from '../../src/approvals/approval.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const shown = new Shown([{ id: 'k', secret: Buffer.alloc(32, 7) }]);

/** An approval with one vote that approved it; `digest` is of the page that the approver saw. */
async function setup(digest?: string) {
  const [approvals, audit, jobs, accounts] = [new FakeApprovals(), new FakeAudit(), new FakeJobs(), new FakeAccounts()];
  const asked = ask({ context, request: requestOf(), approvers: ['ann@acme.com'], now: registeredAt });
  const given = {
    approver: 'ann@acme.com',
    verdict: 'approve',
    at: registeredAt + 1,
    ip: null,
    userAgent: null,
  } as const;
  const counted = vote(asked, digest === undefined ? given : { ...given, shown: digest });
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  const approval: Approval = counted.next;
  await approvals.open(approval);
  accounts.add(mia.userId, { username: 'eve' });
  const user = (await accounts.read(mia)) as UserFacts;
  const deps = { approvals, audit, jobs, shown, now: () => registeredAt + 2, remembered: () => Promise.resolve() };
  return { approvals, audit, jobs, approval, user, deps };
}

describe('the end of an approval', () => {
  it('is tried again where somebody changed the approval meanwhile: nothing is said to be done that is not', async () => {
    const { approvals, approval, deps } = await setup();
    await approvals.replace({ ...approval, revision: approval.revision + 1 });
    const conflict = { code: 'APPROVAL_CONFLICT', details: { approval: approval.id } };
    await expect(settleApproval(deps, approval)).rejects.toMatchObject(conflict);
    expect(await approvals.get(approval.id)).toMatchObject({ settled: false });
  });

  it('is not undone by a person who changed, where somebody changed the approval meanwhile', async () => {
    const { approvals, approval, deps, user, jobs } = await setup('another page');
    await approvals.replace({ ...approval, revision: approval.revision + 1 });
    const conflict = { code: 'APPROVAL_CONFLICT', details: { approval: approval.id } };
    await expect(takeVotesBack(deps, approval, user)).rejects.toMatchObject(conflict);
    expect(jobs.in('mail')).toEqual([]);
  });

  it('keeps a vote of which nothing says what the page showed', async () => {
    const { approvals, approval, deps, user } = await setup();
    await expect(takeVotesBack(deps, approval, user)).resolves.toBe(false);
    expect(await approvals.get(approval.id)).toEqual(approval);
  });

  it('comes without a reminder where the rule asks for none', () => {
    const request = requestOf({ remindAfter: null, waitFor: 'email-verified' });
    const asked = ask({ context, request, approvers: ['ann@acme.com'], now: registeredAt });
    expect(asked.remindAt).toBeNull();
    expect(beginAsking(asked, registeredAt + 9)).toMatchObject({ waitFor: null, remindAt: null });
  });
});
