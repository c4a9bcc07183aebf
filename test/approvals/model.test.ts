import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { handOver } from '../../src/approvals/hand-over.ts';
import { ask } from '../../src/approvals/open.ts';
import { expire, markObsolete, reopen, settle, unheard, vote, withdraw } from '../../src/approvals/transitions.ts';
import { type Approver, asked, escalated, lookedUp } from '../../src/approvals/who-is-asked.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

const names = ['ann', 'bob', 'cem', 'dan', 'eve', 'fay'];
const approver = (name: string): Approver => ({ address: `${name}@acme.com`, locale: null, zone: null });
const lifetime = 1_000;

/** Whatever may happen to an approval, in any order, also when it is not meant for its state. */
type Happens =
  | { readonly kind: 'vote'; readonly by: string; readonly verdict: Vote['verdict'] }
  | { readonly kind: 'reopen' | 'look-up' | 'escalate'; readonly who: readonly string[] }
  | { readonly kind: 'hand-over'; readonly from: string; readonly to: string }
  | { readonly kind: 'remind' | 'expire' | 'delete' | 'withdraw' | 'settle' };

const name = fc.constantFrom(...names);
const some = fc.subarray(names);
const happens: fc.Arbitrary<Happens> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('vote' as const),
      by: name,
      verdict: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'reject' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('look-up' as const), who: some }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('hand-over' as const), from: name, to: name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'escalate' as const), who: some }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'remind' as const,
        'expire' as const,
        'delete' as const,
        'withdraw' as const,
        'settle' as const,
      ),
    }),
  },
);

const stories = fc.record({
  approvers: fc.subarray(names, { minLength: 1 }),
  need: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant('all' as const)),
  story: fc.array(fc.tuple(happens, fc.integer({ min: 0, max: 90 })), { maxLength: 25 }),
});

/** What the service does with it, as far as the state allows; `null`: nothing. */
function step(approval: Approval, what: Happens, now: number): Approval | null {
  const waits = approval.state === 'waiting';
  switch (what.kind) {
    case 'vote': {
      const counted = vote(approval, {
        approver: approver(what.by).address,
        verdict: what.verdict,
        at: now,
        ip: null,
        userAgent: null,
      });
      return 'next' in counted ? counted.next : null;
    }
    case 'look-up':
      return waits ? (lookedUp(approval, what.who.map(approver))?.next ?? null) : null;
    case 'escalate':
      return waits ? escalated(approval, what.who.map(approver)) : null;
    case 'hand-over': {
      const given = handOver(approval, approval.approvers.indexOf(approver(what.from).address), approver(what.to), now);
      return 'next' in given ? given.next : null;
    }
    case 'remind':
      return waits ? asked(approval, now) : null;
    case 'reopen':
      return approval.settled
        ? null
        : reopen(approval, (given) => what.who.some((one) => approver(one).address === given.approver), now);
    case 'expire':
      return waits && approval.expiresAt <= now ? expire(approval, now) : null;
    case 'delete':
      return waits ? markObsolete(approval, now) : null;
    case 'withdraw':
      return waits ? withdraw(approval, now) : null;
    case 'settle':
      return waits || approval.settled ? null : settle(approval);
  }
}

/** All states that an approval goes through, with what led to each. */
function tell({ approvers, need, story }: { approvers: string[]; need: number | 'all'; story: [Happens, number][] }) {
  const request = requestOf({ need, approvers: [{ group: '/desk' }], delegate: '/desk', expireAfter: lifetime });
  const first = ask({ context, request, approvers: approvers.map(approver), now: registeredAt });
  let now = registeredAt;
  const told: { before: Approval; what: Happens; after: Approval }[] = [];
  let approval = first;
  for (const [what, later] of story) {
    now += later;
    const after = step(approval, what, now);
    if (after !== null) {
      told.push({ before: approval, what, after });
      approval = after;
    }
  }
  return { first, told, last: approval };
}

const always = (holds: (told: ReturnType<typeof tell>) => void): void =>
  fc.assert(
    fc.property(stories, (story) => holds(tell(story))),
    { numRuns: 1_000 },
  );

describe('src/approvals: whatever happens, in whatever order', () => {
  it('an approval has one outcome: only votes that were taken back lead from it, and nothing once it is settled', () => {
    always(({ told }) => {
      for (const { before, what, after } of told) {
        if (before.state !== 'waiting' && after.state !== before.state) {
          expect([before.state, before.settled, what.kind, after.state]).toEqual([
            'approved',
            false,
            'reopen',
            'waiting',
          ]);
        }
        expect(before.settled).toBe(false);
        expect(after.revision).toBe(before.revision + 1);
      }
    });
  });

  it('it is approved by as many as the rule says, who all said yes, and rejected by the one who said no', () => {
    always(({ first, told }) => {
      for (const { after } of told) {
        const no = after.votes.filter(({ verdict }) => verdict === 'reject').length;
        const yes = after.votes.length - no;
        expect(after.need).toBe(first.need);
        expect(no).toBe(after.state === 'rejected' ? 1 : 0);
        if (after.state === 'approved') {
          expect(yes).toBeGreaterThanOrEqual(after.need);
        } else {
          expect(yes).toBeLessThan(after.need);
        }
      }
    });
  });

  it('no vote counts twice, and none of one who was not asked at that moment', () => {
    always(({ told }) => {
      for (const { before, what, after } of told) {
        const voters = after.votes.map(({ approver }) => approver);
        expect(new Set(voters).size).toBe(voters.length);
        expect(after.votes.length - before.votes.length).toBe(
          what.kind === 'vote' ? 1 : what.kind === 'reopen' ? after.votes.length - before.votes.length : 0,
        );
        if (what.kind === 'vote') {
          const number = before.approvers.indexOf(approver(what.by).address);
          expect(unheard(before)).toContain(number);
          expect(before.retired ?? []).not.toContain(number);
          expect(before.expiresAt).toBeGreaterThan(after.votes.at(-1)?.at ?? Infinity);
        }
      }
    });
  });

  it('while it waits, enough people are left who can decide it', () => {
    always(({ told }) => {
      for (const { after } of told.filter(({ after }) => after.state === 'waiting')) {
        expect(after.votes.length + unheard(after).length).toBeGreaterThanOrEqual(after.need);
      }
    });
  });

  it('nobody who gave it away gets it back, and each gives it away once', () => {
    always(({ told }) => {
      for (const { after } of told) {
        const gave = (after.handedOver ?? []).map(({ from }) => from);
        expect(new Set(gave).size).toBe(gave.length);
        expect(unheard(after).filter((number) => gave.includes(number))).toEqual([]);
      }
    });
  });

  it('an approver keeps their number, and so their link', () => {
    always(({ told }) => {
      for (const { before, after } of told) {
        expect(after.approvers.slice(0, before.approvers.length)).toEqual(before.approvers);
        expect(new Set(after.approvers).size).toBe(after.approvers.length);
        expect([after.languages?.length, after.zones?.length]).toEqual([
          after.approvers.length,
          after.approvers.length,
        ]);
      }
    });
  });

  it('everybody who may vote has got a mail, or is to get one', () => {
    always(({ first, told }) => {
      const mailed = new Set(first.approvers.keys());
      for (const { before, what, after } of told) {
        (what.kind === 'remind' ? (before.toAsk ?? []) : []).forEach(({ approver }) => mailed.add(approver));
        const known = new Set([...mailed, ...(after.toAsk ?? []).map(({ approver }) => approver)]);
        expect(unheard(after).filter((number) => !known.has(number))).toEqual([]);
      }
    });
  });
});
