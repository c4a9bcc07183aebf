import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { expire, markObsolete, settle, vote, withdraw } from '../../src/approvals/transitions.ts';
import { WithdrawalLinks } from '../../src/approvals/withdrawal-link.ts';
import { createWithdrawing } from '../../src/approvals/withdrawing.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';
import { inBerlin } from '../fakes/rule-books.ts';

const now = registeredAt + 60_000;
const asked = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const by = { approver: 'desk@acme.com', verdict: 'approve', at: now, ip: null, userAgent: null } as const;

function approved(approval: Approval): Approval {
  const counted = vote(approval, by);
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  return counted.next;
}

async function setup(approval = asked, at = now) {
  const approvals = new FakeApprovals();
  await approvals.open(approval);
  const accounts = new FakeAccounts();
  accounts.add(mia.userId);
  const audit = new FakeAudit();
  const queued: Approval[] = [];
  const links = new WithdrawalLinks([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
  let away = false;
  const withdrawing = createWithdrawing({
    approvals,
    links,
    users: {
      read: async (who) => {
        if (away) {
          throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
        }
        return accounts.read(who);
      },
    },
    rules: () => inBerlin,
    audit,
    onDecided: async (decided) => void queued.push(decided),
    now: () => at,
  });
  const token = links.tokenFor(approval);
  return {
    withdrawing,
    approvals,
    accounts,
    audit,
    queued,
    token,
    goAway: () => void (away = true),
    press: async () => withdrawing.withdraw(token, (await withdrawing.view(token)).nonce),
    current: () => approvals.get(approval.id),
  };
}

describe('src/approvals/withdrawing', () => {
  it('changes nothing by looking', async () => {
    const { withdrawing, token, current, queued, audit } = await setup();
    expect(await withdrawing.view(token)).toMatchObject({ approval: asked, over: false, account: 'unknown' });
    expect(await current()).toEqual(asked);
    expect([queued, audit.entries]).toEqual([[], []]);
  });

  it.each([
    ['whose approvers are asked', asked],
    ['that waits until the address is verified', { ...asked, waitFor: 'email-verified' as const }],
    ['that some approved, and too few', { ...asked, need: 2, votes: [by] }],
  ])('ends an approval %s, once, and queues what follows', async (_, approval) => {
    const { press, current, queued, audit } = await setup(approval);
    expect(await press()).toMatchObject({ state: 'withdrawn', decidedAt: now, settled: false });
    expect(await press()).toMatchObject({ state: 'withdrawn', revision: 2 });
    expect(await current()).toMatchObject({ state: 'withdrawn', revision: 2 });
    expect(new Set(queued.map(({ revision }) => revision))).toEqual(new Set([2]));
    expect(audit.entries).toEqual([expect.objectContaining({ kind: 'withdrawn', by: 'the person' })]);
    expect(JSON.stringify(audit.entries)).not.toContain('@');
  });

  it.each([
    ['approved', approved(asked)],
    ['expired', expire(asked, now)],
    ['obsolete', markObsolete(asked, now)],
  ])('leaves an approval as it is that is %s', async (state, approval) => {
    const { press, current, queued } = await setup(approval);
    expect(await press()).toMatchObject({ state });
    expect(await current()).toEqual(approval);
    expect(queued).toEqual([]);
  });

  it('leaves an approval whose time is up to the sweep', async () => {
    const { press, withdrawing, token, current } = await setup(asked, asked.expiresAt);
    expect(await withdrawing.view(token)).toMatchObject({ over: true });
    expect(await press()).toEqual(asked);
    expect(await current()).toEqual(asked);
  });

  it('tells in which time zone the readers of the rule file are', async () => {
    const { withdrawing, token } = await setup();
    expect(await withdrawing.view(token)).toMatchObject({ zone: 'Europe/Berlin' });
    const other = await setup({ ...asked, clientId: 'shop' });
    expect(await other.withdrawing.view(other.token)).toMatchObject({ zone: 'UTC' });
  });

  it('takes no press that does not come from its page', async () => {
    const { withdrawing, token, current } = await setup();
    await expect(withdrawing.withdraw(token, 'guessed')).rejects.toMatchObject({ code: 'FORM_INVALID' });
    expect(await current()).toEqual(asked);
  });

  it('answers for an approval that is not there as for any wrong link', async () => {
    const { withdrawing } = await setup({ ...asked, id: 'f'.repeat(32) });
    const token = new WithdrawalLinks([{ id: 'k', secret: Buffer.alloc(32, 7) }]).tokenFor(asked);
    await expect(withdrawing.view(token)).rejects.toMatchObject({ code: 'LINK_INVALID' });
    await expect(withdrawing.withdraw(token, 'x')).rejects.toMatchObject({ code: 'LINK_INVALID' });
  });

  it('has one winner when a vote, the end of the time and two withdrawals race', async () => {
    const racers = ['vote', 'expire', 'withdraw', 'withdraw'] as const;
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...racers], { minLength: 4 }), async (order) => {
        const { approvals, press, current } = await setup();
        const won = await Promise.all(
          order.map(async (racer) => {
            if (racer === 'withdraw') {
              return (await press()).state === 'withdrawn';
            }
            return approvals.replace(racer === 'vote' ? approved(asked) : expire(asked, now));
          }),
        );
        const after = await current();
        expect(after?.revision).toBe(2);
        // Both presses say so when one of them did it.
        expect(won.filter(Boolean)).toHaveLength(after?.state === 'withdrawn' ? 2 : 1);
      }),
    );
  });

  it('receives a withdrawal while Kafka is away, and queues nothing before Kafka has it', async () => {
    const { approvals, press, withdrawing, token, queued, audit } = await setup();
    approvals.kafkaAway = true;
    expect(await press()).toMatchObject({ state: 'withdrawn' });
    expect(await withdrawing.view(token)).toMatchObject({ recorded: false, approval: { state: 'withdrawn' } });
    expect([queued, audit.entries]).toEqual([[], []]);
  });

  it('tells what became of the account once it is settled', async () => {
    const settled = await setup(settle(withdraw(asked, now)));
    expect(await settled.withdrawing.view(settled.token)).toMatchObject({ account: 'kept' });
    await settled.accounts.apply(mia, { kind: 'delete' });
    expect(await settled.withdrawing.view(settled.token)).toMatchObject({ account: 'deleted' });
    settled.goAway();
    expect(await settled.withdrawing.view(settled.token)).toMatchObject({ account: 'unknown' });
  });
});
