import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { expire, isAddressOf, markObsolete, reopen, settle, vote } from '../../src/approvals/transitions.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

const approvers = ['ann@acme.com', 'bob@acme.com', 'cem@acme.com'];

function asked(need: number | 'all' = 1): Approval {
  return ask({ context, request: requestOf({ need }), approvers, now: registeredAt });
}

const by = (approver: string, verdict: Vote['verdict'], at = registeredAt + 1): Vote => ({
  approver,
  verdict,
  at,
  ip: null,
  userAgent: null,
});

function after(approval: Approval, ...votes: Vote[]): Approval {
  return votes.reduce((current, given) => {
    const counted = vote(current, given);
    if ('refused' in counted) {
      throw new Error(counted.refused);
    }
    return counted.next;
  }, approval);
}

describe('src/approvals/transitions', () => {
  it('approves with one yes where one is enough', () => {
    expect(after(asked(), by('ann@acme.com', 'approve'))).toMatchObject({
      state: 'approved',
      revision: 2,
      settled: false,
    });
  });

  it('waits until as many agree as the rule asks for', () => {
    const one = after(asked(2), by('ann@acme.com', 'approve'));
    expect(one).toMatchObject({ state: 'waiting', decidedAt: null });
    expect(after(one, by('bob@acme.com', 'approve'))).toMatchObject({ state: 'approved' });
  });

  it('asks everybody where all must agree', () => {
    expect(asked('all').need).toBe(3);
  });

  it('rejects with one no, also after others agreed', () => {
    expect(after(asked('all'), by('ann@acme.com', 'approve'), by('bob@acme.com', 'reject'))).toMatchObject({
      state: 'rejected',
    });
  });

  it.each([
    [
      'a second vote of the same approver',
      after(asked(2), by('ann@acme.com', 'approve')),
      by('ann@acme.com', 'approve'),
      'already-voted',
    ],
    ['a stranger', asked(), by('eve@acme.com', 'approve'), 'not-an-approver'],
    [
      'a vote after the decision',
      after(asked(), by('ann@acme.com', 'reject')),
      by('bob@acme.com', 'approve'),
      'already-decided',
    ],
    ['a vote at the last moment', asked(), by('ann@acme.com', 'approve', registeredAt + 604_800_000), 'expired'],
    ['a vote after the expiry', expire(asked(), registeredAt), by('ann@acme.com', 'approve'), 'expired'],
  ])('does not count %s', (_, approval, given, refused) => {
    expect(vote(approval, given)).toEqual({ refused });
  });

  it('counts each change, so that one of two racing ones loses', () => {
    const approval = asked();
    expect([expire(approval, 1), markObsolete(approval, 1), settle(approval)].map(({ revision }) => revision)).toEqual([
      2, 2, 2,
    ]);
  });

  it('asks once, however often a step is repeated', () => {
    expect(asked().id).toBe(asked().id);
    expect(ask({ context: { ...context, key: 'another' }, request: requestOf(), approvers, now: 0 }).id).not.toBe(
      asked().id,
    );
  });

  it('takes along whom the rule names, and what it says of the time until a decision', () => {
    const said = { delegate: '/desk', digest: 900_000, reason: 'why', usuallyWithin: 1_000, tellOthers: true } as const;
    const asks = [{ group: '/desk' }, { client: 'portal', role: 'approver' }];
    const escalate = { after: 50, to: [{ group: '/leads' }] };
    const times = { remindAfter: 10, remindAgain: [20, 30], escalate };
    const request = requestOf({ approvers: asks, ...said, ...times });
    expect(ask({ context, request, approvers, now: 1_000 })).toMatchObject({
      asks,
      ...said,
      remindAt: 1_010,
      remindLater: [1_020, 1_030],
      escalate: { at: 1_050, to: [{ group: '/leads' }] },
    });
    const fields = ['delegate', 'digest', 'reason', 'usuallyWithin', 'tellOthers', 'remindLater', 'escalate'];
    expect(fields.filter((field) => field in asked())).toEqual([]);
  });

  it('remembers whether the account was this system’s to close', () => {
    const closed = { ...context, accountWasEnabled: false };
    expect(asked().heldAccount).toBe(true);
    expect(ask({ context: closed, request: requestOf(), approvers, now: 0 }).heldAccount).toBe(false);
    expect(ask({ context, request: requestOf({ hold: 'none' }), approvers, now: 0 }).heldAccount).toBe(false);
  });

  describe('takes votes back', () => {
    const verdicts = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });

    it('just those that do not hold any more, and waits again unless enough are left', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3 }), verdicts, (need, holding) => {
          const votes = approvers.slice(0, need).map((approver) => by(approver, 'approve'));
          const approved = after(asked(need), ...votes);
          const holds = ({ approver }: Vote) => holding[approvers.indexOf(approver)] === true;
          const reopened = reopen(approved, holds, registeredAt + 9);
          const left = votes.filter(holds);
          expect(reopened).toEqual(
            left.length === need
              ? null
              : {
                  ...approved,
                  state: 'waiting',
                  votes: left,
                  decidedAt: null,
                  reopenedAt: registeredAt + 9,
                  revision: approved.revision + 1,
                },
          );
        }),
      );
    });

    it('of approvals alone: a rejection stands', () => {
      expect(reopen(after(asked(), by('ann@acme.com', 'reject')), () => false, 0)).toBeNull();
    });

    it('so that the same approver may vote again', () => {
      const reopened = reopen(after(asked(), by('ann@acme.com', 'approve')), () => false, registeredAt + 2);
      expect(reopened && after(reopened, by('ann@acme.com', 'approve', registeredAt + 3))).toMatchObject({
        state: 'approved',
        revision: 4,
      });
    });
  });

  it.each([
    ['Ann@Acme.com', true],
    ['ann@acme.com', true],
    ['bob@acme.com', false],
    [null, false],
  ])('knows an approver’s own registration by the address (%s)', (email, own) => {
    expect(isAddressOf('ann@acme.com', { email })).toBe(own);
  });

  it.each(['ann@müller.example', 'Ann@MÜLLER.example', 'ann@mu\u0308ller.example', 'ann@xn--mller-kva.example'])(
    'knows it in whichever spelling of the domain (%s)',
    (email) => {
      expect(isAddressOf('ann@xn--mller-kva.example', { email })).toBe(true);
      expect(isAddressOf('ann@müller.example', { email })).toBe(true);
      expect(isAddressOf('bob@müller.example', { email })).toBe(false);
    },
  );

  it('keeps no personal data of the person who registered', () => {
    expect(JSON.stringify(asked())).not.toMatch(/mia|Meyer/);
  });

  it('forgets where everybody was, and their reasons, as soon as it is settled, for its snapshot is kept for good', () => {
    const given = { ...by('ann@acme.com', 'approve'), ip: '198.51.100.7', userAgent: 'Firefox', reason: 'a liar' };
    const decided = after(asked(), given);
    expect(JSON.stringify(decided)).toMatch(/198\.51\.100\.7.*Firefox.*a liar/);
    for (const ended of [settle(decided), markObsolete(decided, registeredAt + 2)]) {
      expect(JSON.stringify(ended)).not.toMatch(/198\.51\.100\.7|Firefox|192\.0\.2\.7|liar/);
      expect(ended.votes).toMatchObject([{ approver: 'ann@acme.com', verdict: 'approve', at: given.at }]);
    }
  });
});
