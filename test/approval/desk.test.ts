import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approval/approval.ts';
import { ask } from '../../src/approval/ask.ts';
import { createDesk } from '../../src/approval/desk.ts';
import { Links } from '../../src/approval/token.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { mia, occasion, registeredAt } from '../fakes/registrations.ts';

const from = { ip: '192.0.2.9', userAgent: 'browser' };

async function setup({ need = 1, now = registeredAt + 1_000, userThere = true } = {}) {
  const approvals = new FakeApprovals();
  const approval = ask({
    occasion,
    request: requestOf({ need }),
    approvers: ['ann@acme.com', 'bob@acme.com'],
    now: registeredAt,
  });
  await approvals.open(approval);
  const accounts = new FakeAccounts();
  if (userThere) {
    accounts.add(mia.userId);
  }
  const links = new Links([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
  const queued: Approval[] = [];
  const audit = new FakeAudit();
  const desk = createDesk({
    approvals,
    links,
    users: accounts,
    audit,
    onDecided: async (decided) => void queued.push(decided),
    now: () => now,
  });
  return {
    desk,
    approvals,
    audit,
    queued,
    approval,
    token: links.tokenFor(approval, 0),
    second: links.tokenFor(approval, 1),
    current: () => approvals.get(approval.id),
  };
}

describe('src/approval/desk', () => {
  it('changes nothing by looking', async () => {
    const { desk, token, current, approval, queued } = await setup();
    await desk.view(token);
    await desk.view(token);
    expect(await current()).toEqual(approval);
    expect(queued).toEqual([]);
  });

  it('records a vote with who, from where and with what, and queues what follows', async () => {
    const { desk, token, queued, audit } = await setup();
    const { approval, approver } = await desk.decide(token, 'approve', from);
    expect(approver).toBe('ann@acme.com');
    expect(approval).toMatchObject({
      state: 'approved',
      votes: [{ approver: 'ann@acme.com', verdict: 'approve', ip: '192.0.2.9' }],
    });
    expect(queued.map(({ state }) => state)).toEqual(['approved']);
    expect(audit.entries[0]).toMatchObject({ kind: 'voted', by: 'ann@acme.com', outcome: 'approve, approved' });
  });

  it('lets exactly one of many presses win, and shows the others what won', async () => {
    const { desk, token, second, audit } = await setup();
    const presses = Array.from({ length: 50 }, (_, index) =>
      desk.decide(index % 2 === 0 ? token : second, index % 3 === 0 ? 'reject' : 'approve', from),
    );
    const states = new Set((await Promise.all(presses)).map(({ approval }) => approval.state));
    expect(states.size).toBe(1);
    expect(audit.kinds.filter((kind) => kind === 'voted')).toHaveLength(1);
  });

  it('queues again what nobody carried out, when the button is pressed again', async () => {
    const { desk, token, queued } = await setup();
    await desk.decide(token, 'approve', from);
    await desk.decide(token, 'approve', from);
    expect(queued).toHaveLength(2);
  });

  it('takes no vote after the time is up', async () => {
    const { desk, token } = await setup({ now: registeredAt + 604_800_000 + 1_000 });
    await expect(desk.decide(token, 'approve', from)).rejects.toMatchObject({ code: 'LINK_SPENT' });
  });

  it('answers all links that are not genuine alike', async () => {
    const { desk } = await setup();
    const stranger = new Links([{ id: 'k', secret: Buffer.alloc(32, 8) }]);
    const other = ask({
      occasion: { ...occasion, key: 'other' },
      request: requestOf(),
      approvers: ['ann@acme.com'],
      now: registeredAt,
    });
    for (const token of ['', 'nonsense', stranger.tokenFor(other, 0), stranger.tokenFor((await setup()).approval, 0)]) {
      await expect(desk.view(token)).rejects.toMatchObject({ code: 'LINK_INVALID', message: 'this link is not valid' });
    }
  });

  it('says that the account is gone', async () => {
    const { desk, token } = await setup({ userThere: false });
    expect((await desk.view(token)).user).toBeNull();
  });
});
