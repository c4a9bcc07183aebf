import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { tellOthers } from '../../src/approvals/tell-others.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

const approvers = ['a@acme.com', 'b@acme.com', 'slack:partners', 'c@acme.com'];
const asked: Approval = ask({ context, request: requestOf(), approvers, now: registeredAt });
const vote = { approver: 'a@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null } as const;
const approved: Approval = { ...asked, state: 'approved', votes: [vote], tellOthers: true };

async function told(approval: Approval): Promise<readonly string[]> {
  const jobs = new FakeJobs();
  await tellOthers(jobs, approval);
  await tellOthers(jobs, approval);
  const of = (queue: 'mail' | 'chat') =>
    jobs.in(queue).map(({ data }) => `${queue} ${'approver' in data ? approval.approvers[data.approver] : ''}`);
  return [...of('mail'), ...of('chat')];
}

describe('src/approvals/tell-others', () => {
  it.each<[string, Approval, readonly string[]]>([
    ['those who have not voted, once', approved, ['mail b@acme.com', 'mail c@acme.com', 'chat slack:partners']],
    [
      'the same after a rejection',
      { ...approved, state: 'rejected' },
      ['mail b@acme.com', 'mail c@acme.com', 'chat slack:partners'],
    ],
    ['nobody who is not asked any more', { ...approved, retired: [1, 2] }, ['mail c@acme.com']],
    ['nobody where the rule does not want it', { ...asked, state: 'approved', votes: [vote] }, []],
    ['nobody while it waits', { ...approved, state: 'waiting' }, []],
    ['nobody when nobody decided', { ...approved, state: 'expired', votes: [] }, []],
    ['nobody when the person withdrew', { ...approved, state: 'withdrawn' }, []],
    ['nobody when the account is gone', { ...approved, state: 'obsolete' }, []],
    ['nobody who was never asked', { ...approved, waitFor: 'email-verified' }, []],
  ])('tells %s', async (_name, approval, expected) => {
    await expect(told(approval)).resolves.toEqual(expected);
  });
});
