import { describe, expect, it } from '@jest/globals';

import { createHeadStart } from '../../src/execute/early-disable.ts';
import type { Condition, RuleBook, Step } from '../../src/rules/model.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeClosings } from '../fakes/closings.ts';
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
}: {
  then?: Step[];
  now?: number;
  first?: boolean;
  when?: Condition | null;
  createdAt?: number;
  dryRun?: boolean;
  guarded?: GuardsSetup;
} = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt });
  const rule = { name: 'closed', file: 'a.yaml', line: 1, when, then, dryRun };
  const closings = new FakeClosings();
  if (!first) {
    void closings.claim(mia);
  }
  const book: RuleBook = {
    version: 'v',
    files: [{ file: 'a.yaml', realms: ['acme'], clients: ['partner-portal'], application: null, rules: [rule] }],
  };
  let reads = 0;
  const users = { read: (who: { realm: string; userId: string }) => (reads++, accounts.read(who)) };
  const headStart = createHeadStart({
    rules: () => book,
    users,
    accounts,
    closings,
    protection: guardsOf(guarded).protection,
    now: () => now,
    maxAgeMs: 86_400_000,
  });
  return { headStart, accounts, reads: () => reads };
}

const unverified: Condition = { kind: 'is', key: 'email-verified', operand: false };
const joinGroup: Step = { uses: 'join-group', with: { group: '/a' }, after: null };

describe('src/execute/early-disable', () => {
  it('disables once: the job waits for what was begun instead of doing it again', async () => {
    const { headStart, accounts, reads } = setup();
    headStart.begin(mia, 'trusted');
    await headStart.users.read(mia);
    await headStart.accounts.disable(mia);
    expect(accounts.calls).toEqual(['disable']);
    expect(reads()).toBe(1);
  });

  it.each([
    ['an event that was seen before', { first: false }],
    ['an event that has waited somewhere', { now: registeredAt + 60_000 }],
    ['an account that is older than the event', { createdAt: registeredAt - 86_400_000 }],
    ['a rule that closes nothing', { then: [joinGroup] }],
    ['a rule that only tries', { dryRun: true }],
    ['an account that PROTECTED_USERS names', { guarded: { users: ['mia'] } }],
    ['a member of a protected group', { guarded: { groups: ['/staff'], joined: ['/staff/desk'] } }],
  ])('leaves %s to the job', async (_, options) => {
    const { headStart, accounts } = setup(options);
    headStart.begin(mia, 'trusted');
    await headStart.users.read(mia);
    await new Promise((resolve) => setImmediate(resolve));
    expect(accounts.calls).toEqual([]);
    await headStart.accounts.disable(mia);
    expect(accounts.calls).toEqual(['disable']);
  });

  it('disables before it looks at the user, when the event bears the signature of our listener', async () => {
    const { headStart, accounts, reads } = setup();
    headStart.begin(mia, 'signed');
    const readsBefore = reads();
    await headStart.users.read(mia);
    expect(readsBefore).toBe(0);
    expect(accounts.calls).toEqual(['disable']);
  });

  it('looks first all the same where the rule asks for more than the event tells', async () => {
    const { headStart, accounts, reads } = setup({ when: unverified });
    headStart.begin(mia, 'signed');
    expect(reads()).toBe(1);
    await headStart.accounts.disable(mia);
    expect(accounts.calls).toEqual(['disable']);
  });

  it('does not disable a second time what a signed event comes again for', async () => {
    const { headStart, accounts } = setup({ first: false });
    headStart.begin(mia, 'signed');
    await headStart.users.read(mia);
    expect(accounts.calls).toEqual([]);
  });

  it('looks first where the event does not tell the user name, by which people are protected', async () => {
    const { headStart, accounts, reads } = setup({ guarded: { users: ['mia'] } });
    headStart.begin({ ...mia, username: null }, 'signed');
    expect(reads()).toBe(1);
    await headStart.users.read(mia);
    await new Promise((resolve) => setImmediate(resolve));
    expect(accounts.calls).toEqual([]);
  });

  it('does not disable protected people on the word of a signed event, either', async () => {
    for (const guarded of [{ users: [mia.userId] }, { groups: ['/staff'], joined: ['/staff'] }]) {
      const { headStart, accounts } = setup({ guarded });
      headStart.begin(mia, 'signed');
      await headStart.users.read(mia);
      expect(accounts.calls).toEqual([]);
    }
  });

  it('leaves a failure to the job, which tries again and reports', async () => {
    const { headStart, accounts } = setup();
    accounts.failures.push({ call: 'disable', error: new Error('away'), applied: false });
    headStart.begin(mia, 'trusted');
    await headStart.accounts.disable(mia);
    expect(accounts.calls).toEqual(['disable', 'disable']);
    expect(accounts.user(mia.userId)?.enabled).toBe(false);
  });
});
