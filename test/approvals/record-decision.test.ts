import { describe, expect, it } from '@jest/globals';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { recordExpiry, recordVotes } from '../../src/approvals/record-decision.ts';
import { expire } from '../../src/approvals/transitions.ts';
import type { Happened } from '../../src/jobs/audit.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const approvers = ['ann@acme.com', 'bob@acme.com', 'cem@acme.com'];
const approval = ask({ context, request: requestOf({ need: 3 }), approvers, now: registeredAt });
const { realm, clientId, userId, eventId } = mia;
const ids = { realm, clientId, userId, eventId, approval: approval.id };

const by = (approver: string, verdict: Vote['verdict'], more: Partial<Vote> = {}): Vote => ({
  approver,
  verdict,
  at: registeredAt + 1,
  ip: null,
  userAgent: null,
  ...more,
});

function setup() {
  const audit = new FakeAudit();
  const happened: Happened[] = [];
  const recordOnce = audit.recordOnce.bind(audit);
  audit.recordOnce = async (entry, event) => {
    happened.push(event);
    await recordOnce(entry, event);
  };
  return { audit, happened };
}

async function votedIn(given: Partial<Approval>) {
  const { audit } = setup();
  await recordVotes(audit, { ...approval, ...given });
  return audit.entries;
}

describe('src/approvals/record-decision', () => {
  it('records each vote with what the votes up to it led to', async () => {
    const votes = [by('ann@acme.com', 'approve'), by('bob@acme.com', 'reject')];
    expect(await votedIn({ votes, state: 'rejected' })).toMatchObject([
      { kind: 'voted', ...ids, by: 'ann@acme.com', outcome: 'approve, waiting' },
      { kind: 'voted', ...ids, by: 'bob@acme.com', outcome: 'reject, rejected' },
    ]);
  });

  it('records the last vote that was needed as the one that approved', async () => {
    const votes = approvers.slice(0, 2).map((approver) => by(approver, 'approve'));
    expect((await votedIn({ votes, need: 2 })).map(({ outcome }) => outcome)).toEqual([
      'approve, waiting',
      'approve, approved',
    ]);
  });

  it.each<[Partial<Vote>, string]>([
    [{}, 'by link'],
    [{ ip: '198.51.100.7' }, 'by link from 198.51.100.7'],
    [{ userAgent: 'Firefox' }, 'by link, Firefox'],
    [{ reason: 'Not "ours"' }, 'by link; reason: "Not \\"ours\\""'],
    [{ ip: '198.51.100.7', userAgent: 'x'.repeat(500) }, `by link from 198.51.100.7, ${'x'.repeat(120)}`],
  ])('says from where a vote came, and by what, in short: %j', async (more, because) => {
    expect(await votedIn({ votes: [by('ann@acme.com', 'approve', more)] })).toMatchObject([{ because }]);
  });

  it('records once that nobody decided in time, as of the time when it expired', async () => {
    const { audit, happened } = setup();
    const expired = expire(approval, registeredAt + 9);
    await recordExpiry(audit, expired);
    await recordExpiry(audit, expired);
    expect(audit.entries).toEqual([expect.objectContaining({ kind: 'expired', ...ids })]);
    expect(happened[0]).toMatchObject({ at: registeredAt + 9 });
  });

  it('records the end of another approval as well', async () => {
    const { audit } = setup();
    const other = ask({ context: { ...context, key: 'other' }, request: requestOf(), approvers, now: registeredAt });
    await recordExpiry(audit, expire(approval, registeredAt + 9));
    await recordExpiry(audit, expire(other, registeredAt + 9));
    expect(audit.entries.map((entry) => entry.approval)).toEqual([approval.id, other.id]);
  });

  it('takes the end of the time for it where the snapshot does not say when', async () => {
    const { audit, happened } = setup();
    await recordExpiry(audit, { ...approval, state: 'expired' });
    expect(happened).toMatchObject([{ at: approval.expiresAt }]);
  });

  it('records no expiry of an approval that ended otherwise, or waits', async () => {
    const { audit } = setup();
    for (const state of ['waiting', 'approved', 'rejected', 'obsolete'] as const) {
      await recordExpiry(audit, { ...approval, state });
    }
    expect(audit.entries).toEqual([]);
  });
});
