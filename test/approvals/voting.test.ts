import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { createVoting, type Pressed } from '../../src/approvals/voting.ts';
import { settle } from '../../src/approvals/transitions.ts';
import { Shown, type ShownField } from '../../src/approvals/shown.ts';
import { Links } from '../../src/approvals/links.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeOutcomeQueue } from '../fakes/outcome-queue.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';
import { inBerlin } from '../fakes/rule-books.ts';

const from = { ip: '192.0.2.9', userAgent: 'browser' };
const keys = [{ id: 'k', secret: Buffer.alloc(32, 7) }];

const person: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: true,
  createdAt: 0,
  firstName: null,
  lastName: null,
  locale: null,
  attributes: {},
};

function stateAfter(pressed: Pressed): string {
  return pressed.kind === 'counted' ? pressed.approval.state : pressed.view.approval.state;
}

async function setup({ need = 1, now = registeredAt + 1_000, userThere = true } = {}) {
  const clock = { now };
  const approvals = new FakeApprovals();
  const approval = ask({
    context,
    request: requestOf({ need }),
    approvers: ['ann@acme.com', 'bob@acme.com'],
    now: registeredAt,
  });
  await approvals.open(approval);
  const accounts = new FakeAccounts();
  if (userThere) {
    accounts.add(mia.userId);
  }
  const links = new Links(keys);
  const adminEvents = new FakeAdminEvents();
  let away: ServiceError | 'silent' | null = null;
  let reads = 0;
  const queued: Approval[] = [];
  const audit = new FakeAudit();
  const voting = createVoting({
    approvals,
    links,
    shown: new Shown(keys),
    users: {
      read: async (who) => {
        reads += 1;
        if (away === 'silent') {
          return new Promise<never>(() => undefined);
        }
        if (away !== null) {
          throw away;
        }
        return accounts.read(who);
      },
    },
    adminEvents,
    rules: () => inBerlin,
    audit,
    outcomes: new FakeOutcomeQueue(),
    onDecided: async (decided) => void queued.push(decided),
    now: () => clock.now,
    patienceMs: 5,
  });
  /** Opens the page, and gives the button on it. */
  const page = async (token: string) => {
    const { shown, nonce } = await voting.view(token);
    return (verdict: 'approve' | 'reject') => voting.decide(token, { verdict, shown, nonce, ...from });
  };
  return {
    voting,
    clock,
    accounts,
    adminEvents,
    page,
    press: async (token: string, verdict: 'approve' | 'reject') => (await page(token))(verdict),
    reads: () => reads,
    goAway: (how: ServiceError | 'silent' | null) => void (away = how),
    approvals,
    audit,
    queued,
    approval,
    token: links.tokenFor(approval, 0),
    second: links.tokenFor(approval, 1),
    current: () => approvals.get(approval.id),
  };
}

describe('src/approvals/voting', () => {
  it('changes nothing by looking', async () => {
    const { voting, token, current, approval, queued } = await setup();
    await voting.view(token);
    await voting.view(token);
    expect(await current()).toEqual(approval);
    expect(queued).toEqual([]);
  });

  it('tells in which time zone the approver is: as the rule file says, if nobody knows better', async () => {
    const { voting, token } = await setup();
    expect(await voting.view(token)).toMatchObject({ zone: 'Europe/Berlin' });
  });

  it('records a vote with who, from where and with what, and queues what follows', async () => {
    const { press, token, queued, audit, current } = await setup();
    expect((await press(token, 'approve')).kind).toBe('counted');
    expect(await current()).toMatchObject({
      state: 'approved',
      votes: [{ approver: 'ann@acme.com', verdict: 'approve', ip: '192.0.2.9' }],
    });
    expect(queued.map(({ state }) => state)).toEqual(['approved']);
    expect(audit.entries[0]).toMatchObject({ kind: 'voted', by: 'ann@acme.com', outcome: 'approve, approved' });
  });

  it('keeps the reason with the vote, cleaned, and whether the person may read it', async () => {
    const { voting, token, current, audit } = await setup();
    const { shown, nonce } = await voting.view(token);
    const typed = { reason: ' Not\r\nours\u202e ', tellReason: true };
    await voting.decide(token, { verdict: 'reject', shown, nonce, ...from, ...typed });
    expect(await current()).toMatchObject({ votes: [{ reason: 'Not ours', tellReason: true }] });
    expect(audit.entries[0]).toMatchObject({ because: 'by link from 192.0.2.9, browser; reason: "Not ours"' });
  });

  it('shows nothing of the person to an approver who is not asked any more, and counts no press of theirs', async () => {
    const { page, voting, token, approvals, approval, reads, current } = await setup();
    const press = await page(token);
    await approvals.replace({ ...approval, revision: 2, retired: [0] });
    const before = reads();
    await expect(voting.view(token)).resolves.toMatchObject({ person: { kind: 'unread' }, shown: '' });
    await expect(press('approve')).resolves.toMatchObject({ kind: 'late', view: { person: { kind: 'unread' } } });
    expect(await current()).toMatchObject({ state: 'waiting', votes: [] });
    expect(reads()).toBe(before);
  });

  it('lets exactly one of many presses win, and shows the others what won', async () => {
    const { page, token, second, audit } = await setup();
    const [ann, bob] = [await page(token), await page(second)];
    const presses = Array.from({ length: 50 }, (_, index) =>
      (index % 2 === 0 ? ann : bob)(index % 3 === 0 ? 'reject' : 'approve'),
    );
    const states = new Set((await Promise.all(presses)).map((pressed) => stateAfter(pressed)));
    expect(states.size).toBe(1);
    expect(audit.kinds.filter((kind) => kind === 'voted')).toHaveLength(1);
  });

  it('queues again what nobody carried out, when the button is pressed again', async () => {
    const { page, token, queued } = await setup();
    const press = await page(token);
    await press('approve');
    await press('approve');
    expect(queued).toHaveLength(2);
  });

  it('takes no vote after the time is up', async () => {
    const { voting, token } = await setup({ now: registeredAt + 604_800_000 + 1_000 });
    await expect(voting.decide(token, { verdict: 'approve', shown: '', nonce: '', ...from })).rejects.toMatchObject({
      code: 'LINK_SPENT',
    });
  });

  it('takes none at the very moment when the time is up', async () => {
    const { voting, token } = await setup({ now: (await setup()).approval.expiresAt });
    await expect(voting.view(token)).rejects.toMatchObject({ code: 'LINK_SPENT' });
  });

  it('shows the page without the person while Keycloak is away, but only to an approver who has voted', async () => {
    const { voting, token, second, press, goAway } = await setup({ need: 2 });
    await press(token, 'approve');
    goAway(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'));
    expect((await voting.view(token)).person).toEqual({ kind: 'unread' });
    await expect(voting.view(second)).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
    goAway(new ServiceError('KEYCLOAK_REFUSED', 'refused'));
    await expect(voting.view(token)).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED' });
  });

  it('answers all links that are not genuine alike', async () => {
    const { voting } = await setup();
    const stranger = new Links([{ id: 'k', secret: Buffer.alloc(32, 8) }]);
    const other = ask({
      context: { ...context, key: 'other' },
      request: requestOf(),
      approvers: ['ann@acme.com'],
      now: registeredAt,
    });
    for (const token of ['', 'nonsense', stranger.tokenFor(other, 0), stranger.tokenFor((await setup()).approval, 0)]) {
      await expect(voting.view(token)).rejects.toMatchObject({
        code: 'LINK_INVALID',
        message: 'this link is not valid',
      });
    }
  });

  it('says that the account is gone', async () => {
    const { voting, token } = await setup({ userThere: false });
    expect((await voting.view(token)).person).toEqual({ kind: 'gone' });
  });

  it('counts nothing that does not come from the page, or that claims that the page had shown something else', async () => {
    const { voting, token, second, current } = await setup();
    const { shown, nonce } = await voting.view(token);
    const other = await voting.view(second);
    for (const forged of [
      { shown, nonce: '' },
      { shown, nonce: other.nonce },
      { shown: '', nonce },
      { shown: new Shown(keys).digest({ id: 'x' }, person), nonce },
    ]) {
      const press = voting.decide(token, { verdict: 'approve', ...forged, ...from });
      await expect(press).rejects.toMatchObject({ code: 'FORM_INVALID' });
    }
    expect(await current()).toMatchObject({ state: 'waiting', votes: [] });
  });

  it.each<[ShownField, Partial<FakeUser>]>([
    ['username', { username: 'eve' }],
    ['email', { email: 'eve@example.test' }],
    ['verified', { emailVerified: true }],
    ['name', { firstName: 'Eve' }],
    ['enabled', { enabled: false }],
  ])(
    'counts nothing when the person has another %s than the page showed, until the page is seen again',
    async (field, change) => {
      const { page, token, accounts, current } = await setup();
      const press = await page(token);
      accounts.add(mia.userId, { ...accounts.user(mia.userId), ...change });
      await expect(press('approve')).resolves.toMatchObject({ kind: 'changed', fields: [field] });
      expect(await current()).toMatchObject({ state: 'waiting', votes: [] });
      await expect((await page(token))('approve')).resolves.toMatchObject({ kind: 'counted' });
    },
  );

  it.each([
    ['does not answer', new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')],
    ['takes too long', 'silent'],
  ] as const)('counts a vote on what the page showed while Keycloak %s', async (_, how) => {
    const { page, token, current, goAway, voting } = await setup();
    const seen = await voting.view(token);
    const press = await page(token);
    goAway(how);
    await expect(press('approve')).resolves.toMatchObject({ kind: 'counted' });
    expect(await current()).toMatchObject({ state: 'approved', votes: [{ shown: seen.shown }] });
    await expect(voting.view(token)).resolves.toMatchObject({ person: { kind: 'unread' } });
  });

  it('does not read the person any more once it is decided', async () => {
    const { press, token, second, voting, reads, approvals, current } = await setup();
    await press(token, 'approve');
    const before = reads();
    for (let time = 0; time < 2; time++) {
      await expect(voting.view(second)).resolves.toMatchObject({ person: { kind: 'unread' }, shown: '' });
      const decided = await current();
      await approvals.replace(settle(decided as Approval));
    }
    expect(reads()).toBe(before);
  });

  it('tells whose press was late what counts, and takes a repeat of the same press for the one that counted', async () => {
    const { page, token, second } = await setup();
    const [ann, bob] = [await page(token), await page(second)];
    await ann('approve');
    await expect(ann('approve')).resolves.toMatchObject({ kind: 'counted' });
    await expect(ann('reject')).resolves.toMatchObject({
      kind: 'late',
      view: { approval: { state: 'approved' }, person: { kind: 'unread' } },
    });
    await expect(bob('approve')).resolves.toMatchObject({ kind: 'late' });
    await expect(bob('reject')).resolves.toMatchObject({ kind: 'late' });
  });

  it('asks Keycloak nothing for a press that cannot count any more, whatever became of the person', async () => {
    const { page, token, second, accounts, reads } = await setup();
    const [ann, bob] = [await page(token), await page(second)];
    await ann('approve');
    const before = reads();
    accounts.add(mia.userId, { ...accounts.user(mia.userId), username: 'eve' });
    await expect(bob('reject')).resolves.toMatchObject({ kind: 'late' });
    expect(reads()).toBe(before);
  });

  it('nor for a second press of an approver, while others are still to vote', async () => {
    const { page, token, accounts, reads, queued } = await setup({ need: 2 });
    const press = await page(token);
    await press('approve');
    const before = reads();
    accounts.add(mia.userId, { ...accounts.user(mia.userId), username: 'eve' });
    await expect(press('approve')).resolves.toMatchObject({ kind: 'counted' });
    expect(reads()).toBe(before);
    expect(queued).toEqual([]); // nothing follows yet
  });

  it('has nothing to decide where the account is gone since the page was opened', async () => {
    const { page, token, accounts, current } = await setup();
    const press = await page(token);
    await accounts.apply(mia, { kind: 'delete' });
    await expect(press('approve')).resolves.toMatchObject({
      kind: 'nothing-to-decide',
      view: { person: { kind: 'gone' } },
    });
    expect(await current()).toMatchObject({ state: 'waiting', votes: [] });
  });

  it('shows what was decided also after the time of the link is up', async () => {
    const { voting, press, token, clock, approval } = await setup();
    await press(token, 'approve');
    clock.now = approval.expiresAt + 1;
    await expect(voting.view(token)).resolves.toMatchObject({ approval: { state: 'approved' } });
  });

  it('counts no vote of the person who registered', async () => {
    const { page, token, accounts, current, voting } = await setup();
    const press = await page(token);
    accounts.add(mia.userId, { ...accounts.user(mia.userId), email: 'ANN@acme.com' });
    await expect(press('approve')).resolves.toMatchObject({ kind: 'nothing-to-decide' });
    expect(await current()).toMatchObject({ state: 'waiting', votes: [] });
    await expect(voting.view(token)).resolves.toMatchObject({ person: { kind: 'here', own: true } });
  });

  it('finds out, before anybody decides, that somebody else disabled the account', async () => {
    const { voting, token, accounts, adminEvents } = await setup();
    await expect(voting.view(token)).resolves.toMatchObject({ person: { stays: null } });
    accounts.add(mia.userId, { enabled: false });
    adminEvents.other = { at: 1, by: 'user 42' };
    await expect(voting.view(token)).resolves.toMatchObject({ person: { stays: 'administrator' } });
  });

  it('takes a vote while Kafka is away, and says that it is not recorded yet', async () => {
    const { press, voting, token, approvals, audit, queued, current } = await setup();
    approvals.kafkaAway = true;

    expect(await press(token, 'approve')).toMatchObject({ kind: 'counted', recorded: false });

    expect(await voting.view(token)).toMatchObject({ recorded: false, approval: { state: 'approved' } });
    expect(audit.kinds).toEqual(['voted']);
    expect(queued).toEqual([]); // nothing may follow from what could still be lost
    expect(await current()).toMatchObject({ votes: [{ approver: 'ann@acme.com' }] });
  });

  it('takes a repeated press of the same button for the vote that it has', async () => {
    const { page, token, approvals, audit } = await setup();
    const button = await page(token);
    approvals.kafkaAway = true;
    await button('approve');

    expect(await button('approve')).toMatchObject({ kind: 'counted', recorded: false });
    expect(audit.kinds).toEqual(['voted']);
  });

  it('takes no vote that is not in Redis', async () => {
    const { press, token, approvals } = await setup();
    const away = new ServiceError('KAFKA_UNAVAILABLE', 'away');
    approvals.replace = () => Promise.reject(away);

    await expect(press(token, 'approve')).rejects.toBe(away);

    const see = approvals.see.bind(approvals);
    let looks = 0;
    approvals.see = async (id) => (looks++ < 2 ? see(id) : null); // the page, the press; then it is lost
    await expect(press(token, 'approve')).rejects.toBe(away);
  });

  it('records with the next vote what an earlier process did not, each vote once', async () => {
    const { press, token, second, audit, approvals, approval } = await setup({ need: 2 });
    const record = audit.recordOnce.bind(audit);
    audit.recordOnce = () => Promise.reject(new ServiceError('AUDIT_UNAVAILABLE', 'died'));
    await expect(press(token, 'approve')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect((await approvals.get(approval.id))?.votes).toHaveLength(1);

    audit.recordOnce = record;
    await press(second, 'approve');

    expect(audit.entries.map(({ by, outcome }) => [by, outcome])).toEqual([
      ['ann@acme.com', 'approve, waiting'],
      ['bob@acme.com', 'approve, approved'],
    ]);
  });
});
