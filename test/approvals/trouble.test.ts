import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { Links } from '../../src/approvals/links.ts';
import { createRetryByLink, retryOutcome } from '../../src/approvals/retry.ts';
import { type OutcomeState, troubleIn, troubleOf } from '../../src/approvals/trouble.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeOutcomeQueue } from '../fakes/outcome-queue.ts';
import { asked } from '../fakes/stored-approvals.ts';

const setback = { step: 'join-group', name: '/partners', code: 'GROUP_MISSING', since: 2, attempts: 3 };
const givenUp: OutcomeState = {
  givenUp: true,
  setbacks: [setback],
  code: 'GROUP_MISSING',
  attempts: 3,
  queuedAt: 1,
  nextAt: null,
};
const approved = (change: Partial<Approval> = {}): Approval => asked({ state: 'approved', decidedAt: 1, ...change });

describe('src/approvals/trouble', () => {
  it('has the longest trouble first, and whether the queue has given it up', () => {
    const later = { ...setback, step: 'grant-role', since: 9 };
    const state = { ...givenUp, givenUp: false, setbacks: [later, setback] };
    expect(troubleIn(state)).toEqual([
      { ...setback, givenUp: false },
      { ...later, givenUp: false },
    ]);
    expect(troubleIn(givenUp)).toEqual([{ ...setback, givenUp: true }]);
  });

  it('is none while the outcome is tried for the first time', () => {
    expect(troubleIn({ ...givenUp, givenUp: false, setbacks: [], code: null })).toEqual([]);
  });

  it('knows of a job that was given up and noted nothing', () => {
    expect(troubleIn({ ...givenUp, setbacks: [], code: null })).toEqual([
      { step: 'start', name: null, code: 'UNKNOWN', since: 1, attempts: 3, givenUp: true },
    ]);
  });

  it.each([
    ['waits for votes', asked()],
    ['is settled', approved({ settled: true })],
  ])('does not ask the queue about an approval that %s', async (_, approval) => {
    const queue = { find: () => Promise.reject(new Error('asked')) };
    await expect(troubleOf(queue, approval)).resolves.toEqual([]);
  });
});

function setup(approval: Approval, state: OutcomeState | null = givenUp) {
  const outcomes = new FakeOutcomeQueue();
  outcomes.state = state;
  const audit = new FakeAudit();
  const retry = () => retryOutcome({ outcomes, audit }, approval, { by: 'ops', because: 'the group is there' });
  return { outcomes, audit, retry };
}

describe('src/approvals/retry', () => {
  it('has the outcome tried again, and records who wanted it before', async () => {
    const { outcomes, audit, retry } = setup(approved());
    await expect(retry()).resolves.toBe(true);
    expect(outcomes.retried).toBe(1);
    expect(audit.entries).toMatchObject([
      { kind: 'retried', by: 'ops', because: 'the group is there', outcome: 'outcomes: approved' },
    ]);
  });

  it.each([
    ['is not given up', approved(), { ...givenUp, givenUp: false }],
    ['the queue does not know', approved(), null],
    ['still waits for votes', asked(), givenUp],
    ['is done', approved({ settled: true }), givenUp],
  ])('does and records nothing for one that %s', async (_, approval, state) => {
    const { outcomes, audit, retry } = setup(approval, state);
    await expect(retry()).resolves.toBe(false);
    expect([outcomes.retried, audit.entries]).toEqual([0, []]);
  });

  it('records that somebody else was quicker', async () => {
    const { outcomes, audit, retry } = setup(approved());
    outcomes.tooLate = true;
    await expect(retry()).resolves.toBe(false);
    expect(audit.kinds).toEqual(['retried', 'skipped']);
  });

  it('retries nothing that the audit does not take', async () => {
    const { outcomes, audit, retry } = setup(approved());
    audit.state = 'full';
    await expect(retry()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(outcomes.retried).toBe(0);
  });

  describe('by link', () => {
    const links = new Links([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
    async function page(approval = approved()) {
      const approvals = new FakeApprovals();
      await approvals.open(approval);
      const { outcomes, audit } = setup(approval);
      const token = links.tokenFor(approval, 0);
      return { token, outcomes, audit, retry: createRetryByLink({ approvals, links, outcomes, audit }) };
    }

    it('takes the nonce of the page, and records the approver', async () => {
      const { token, outcomes, audit, retry } = await page();
      await retry(token, links.nonceFor(token, ''));
      expect(outcomes.retried).toBe(1);
      expect(audit.entries).toMatchObject([{ kind: 'retried', by: 'desk@acme.test' }]);
    });

    it('takes no other nonce, not that of a page with a vote on it', async () => {
      const { token, outcomes, retry } = await page();
      await expect(retry(token, links.nonceFor(token, 'what the page showed'))).rejects.toMatchObject({
        code: 'FORM_INVALID',
      });
      expect(outcomes.retried).toBe(0);
    });

    it('takes no link of another approval', async () => {
      const { retry, outcomes } = await page();
      const other = links.tokenFor(asked(), 0);
      await expect(retry(other, links.nonceFor(other, ''))).rejects.toMatchObject({ code: 'LINK_INVALID' });
      expect(outcomes.retried).toBe(0);
    });
  });
});
