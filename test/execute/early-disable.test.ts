import { describe, expect, it } from '@jest/globals';

import { createEarlyDisable } from '../../src/execute/early-disable.ts';
import type { UserRef } from '../../src/ingest/registration.ts';
import type { Condition, RuleBook, Step } from '../../src/rules/model.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { guardsOf, type GuardsSetup } from '../fakes/guards.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const closing: Step = { uses: 'disable-user', with: null, after: null };

function setup({
  then = [closing],
  now = registeredAt + 20,
  first = true,
  when = null,
  createdAt = registeredAt,
  dryRun = false,
  guarded = {},
  setUpAt = 0,
}: {
  then?: Step[];
  now?: number;
  first?: boolean;
  when?: Condition | null;
  createdAt?: number;
  dryRun?: boolean;
  guarded?: GuardsSetup;
  setUpAt?: number;
} = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt });
  const rule = { name: 'closed', file: 'a.yaml', line: 1, when, then, dryRun };
  const lockouts = new FakeLockouts();
  if (!first) {
    void lockouts.claim(mia);
  }
  const book: RuleBook = {
    version: 'v',
    files: [
      { file: 'a.yaml', realms: ['acme'], clients: ['partner-portal'], application: null, hold: null, rules: [rule] },
    ],
  };
  let reads = 0;
  const users = { read: (who: UserRef) => (reads++, accounts.read(who)) };
  const earlyDisable = createEarlyDisable({
    rules: () => book,
    users,
    accounts,
    lockouts,
    protection: guardsOf(guarded).protection,
    undo: { ifLetGo: () => Promise.resolve('nothing-to-do') },
    setUpAt: () => Promise.resolve(setUpAt),
    now: () => now,
    maxAgeMs: 86_400_000,
  });
  return { earlyDisable, accounts, reads: () => reads };
}

const unverified: Condition = { kind: 'is', key: 'email-verified', operand: false };
const joinGroup: Step = { uses: 'join-group', with: { group: '/a' }, after: null };

describe('src/execute/early-disable', () => {
  it('disables once: the job waits for what was begun instead of doing it again', async () => {
    const { earlyDisable, accounts, reads } = setup();
    earlyDisable.begin(mia, 'trusted');
    await earlyDisable.users.read(mia);
    await earlyDisable.accounts.apply(mia, { kind: 'disable' });
    expect(accounts.calls).toEqual(['disable']);
    expect(reads()).toBe(1);
  });

  it.each([
    ['an event that was seen before', { first: false }],
    ['somebody who registered before the realm was set up', { setUpAt: registeredAt + 1 }],
    ['an event that has waited somewhere', { now: registeredAt + 60_000 }],
    ['an event of what our clock calls the future', { now: registeredAt - 600_000 }],
    ['an account that is older than the event', { createdAt: registeredAt - 86_400_000 }],
    ['a rule that closes nothing', { then: [joinGroup] }],
    ['a rule that only tries', { dryRun: true }],
    ['an account that PROTECTED_USERS names', { guarded: { users: ['mia'] } }],
    ['a member of a protected group', { guarded: { groups: ['/staff'], joined: ['/staff/desk'] } }],
  ])('leaves %s to the job', async (_, options) => {
    const { earlyDisable, accounts } = setup(options);
    earlyDisable.begin(mia, 'trusted');
    await earlyDisable.users.read(mia);
    await new Promise((resolve) => setImmediate(resolve));
    expect(accounts.calls).toEqual([]);
    await earlyDisable.accounts.apply(mia, { kind: 'disable' });
    expect(accounts.calls).toEqual(['disable']);
  });

  it('shows the user as of now to an attempt that comes later: another instance may have disabled the account', async () => {
    const { earlyDisable, accounts } = setup({ then: [{ uses: 'delete-user', with: null, after: null }] });
    earlyDisable.begin(mia, 'signed');
    await new Promise((resolve) => setImmediate(resolve));
    await accounts.apply(mia, { kind: 'disable' });
    expect(await earlyDisable.users.read(mia, 'now')).toMatchObject({ enabled: false });
  });

  it('disables before it looks at the user, when the event bears the signature of our listener', async () => {
    const { earlyDisable, accounts, reads } = setup();
    earlyDisable.begin(mia, 'signed');
    const readsBefore = reads();
    await earlyDisable.users.read(mia);
    expect(readsBefore).toBe(0);
    expect(accounts.calls).toEqual(['disable']);
  });

  it('looks first all the same where the rule asks for more than the event tells', async () => {
    const { earlyDisable, accounts, reads } = setup({ when: unverified });
    earlyDisable.begin(mia, 'signed');
    expect(reads()).toBe(1);
    await earlyDisable.accounts.apply(mia, { kind: 'disable' });
    expect(accounts.calls).toEqual(['disable']);
  });

  it('does not disable a second time what a signed event comes again for', async () => {
    const { earlyDisable, accounts } = setup({ first: false });
    earlyDisable.begin(mia, 'signed');
    await earlyDisable.users.read(mia);
    expect(accounts.calls).toEqual([]);
  });

  it('looks first where the event does not tell the user name, by which people are protected', async () => {
    const { earlyDisable, accounts, reads } = setup({ guarded: { users: ['mia'] } });
    earlyDisable.begin({ ...mia, username: null }, 'signed');
    expect(reads()).toBe(1);
    await earlyDisable.users.read(mia);
    await new Promise((resolve) => setImmediate(resolve));
    expect(accounts.calls).toEqual([]);
  });

  it('does not disable protected people on the word of a signed event, either', async () => {
    for (const guarded of [{ users: [mia.userId] }, { groups: ['/staff'], joined: ['/staff'] }]) {
      const { earlyDisable, accounts } = setup({ guarded });
      earlyDisable.begin(mia, 'signed');
      await earlyDisable.users.read(mia);
      expect(accounts.calls).toEqual([]);
    }
  });

  it('looks at nobody in a realm that no rule is for', () => {
    const { earlyDisable, reads } = setup({ then: [] });
    earlyDisable.begin({ ...mia, realm: 'other' }, 'signed');
    expect(reads()).toBe(0);
  });

  it.each(['signed', 'trusted'] as const)('leaves alone whom the rule turns out to let in: %s', async (proof) => {
    const { earlyDisable, accounts } = setup({ when: { kind: 'is', key: 'email-verified', operand: true } });
    earlyDisable.begin(mia, proof);
    await earlyDisable.users.read(mia);
    await new Promise((resolve) => setImmediate(resolve));
    expect(accounts.calls).toEqual([]);
  });

  it.each([
    [10_000, 1],
    [10_001, 0],
  ])('begins within ten seconds: %d ms after the registration it reads %d users', (ageMs, count) => {
    const { earlyDisable, reads } = setup({ now: registeredAt + ageMs });
    earlyDisable.begin(mia, 'trusted');
    expect(reads()).toBe(count);
  });

  it('begins for 32 people at once, and leaves a flood to the queue', () => {
    const { earlyDisable, reads } = setup();
    for (let person = 0; person < 40; person += 1) {
      earlyDisable.begin({ ...mia, userId: `user-${person}` }, 'trusted');
    }
    expect(reads()).toBe(32);
  });

  it('forgets after half a minute those whose jobs another instance took, and begins for others again', async () => {
    const timers: { run: () => void; ms: number | undefined }[] = [];
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms?: number) => {
      timers.push({ run, ms });
      return { unref: () => undefined };
    }) as unknown as typeof setTimeout;
    const { earlyDisable, reads } = setup();
    try {
      for (let person = 0; person < 32; person += 1) {
        earlyDisable.begin({ ...mia, userId: `user-${person}` }, 'trusted');
      }
    } finally {
      globalThis.setTimeout = real;
    }
    expect(new Set(timers.map(({ ms }) => ms))).toEqual(new Set([30_000]));
    timers.forEach(({ run }) => run());
    earlyDisable.begin(mia, 'trusted');
    expect(reads()).toBe(33);
  });

  it('lets an enable come after the disable that was begun, and other changes at any time', async () => {
    const { earlyDisable, accounts } = setup();
    earlyDisable.begin(mia, 'signed');
    const joined = earlyDisable.accounts.apply(mia, { kind: 'join-group', path: '/partners' });
    const enabled = earlyDisable.accounts.apply(mia, { kind: 'enable' });
    await expect(Promise.all([joined, enabled])).resolves.toEqual(['changed', 'changed']);
    expect(accounts.calls).toEqual(['join-group:/partners', 'disable', 'enable']);
    expect(accounts.user(mia.userId)).toMatchObject({ enabled: true, groups: ['/partners'] });
  });

  it('leaves a failure to the job, which tries again and reports', async () => {
    const { earlyDisable, accounts } = setup();
    accounts.failures.push({ call: 'disable', error: new Error('away'), applied: false });
    earlyDisable.begin(mia, 'trusted');
    await earlyDisable.accounts.apply(mia, { kind: 'disable' });
    expect(accounts.calls).toEqual(['disable', 'disable']);
    expect(accounts.user(mia.userId)?.enabled).toBe(false);
  });
});
