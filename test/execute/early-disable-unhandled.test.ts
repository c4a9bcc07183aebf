import { expect, it } from '@jest/globals';

import { createEarlyDisable } from '../../src/execute/early-disable.ts';
import type { RuleBook } from '../../src/rules/model.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

it('leaves nothing unhandled when Keycloak fails to show the groups of a person whom a name protects', async () => {
  const then = [{ uses: 'disable-user', with: null, after: null }] as const;
  const rule = { name: 'closed', file: 'a.yaml', line: 1, when: null, then, dryRun: false };
  const book: RuleBook = {
    version: 'v',
    files: [
      { file: 'a.yaml', realms: ['acme'], clients: ['partner-portal'], application: null, hold: null, rules: [rule] },
    ],
  };
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt });
  let asked = 0;
  const earlyDisable = createEarlyDisable({
    rules: () => book,
    users: accounts,
    accounts,
    lockouts: new FakeLockouts(),
    protection: {
      byName: () => ({ guard: 'user', because: 'named' }),
      byGroup: () => (asked++, Promise.reject(new Error('Keycloak is away'))),
    },
    undo: { ifLetGo: () => Promise.resolve('nothing-to-do') },
    setUpAt: () => Promise.resolve(0),
    now: () => registeredAt + 20,
    maxAgeMs: 86_400_000,
  });

  earlyDisable.begin({ ...mia, username: 'mia' }, 'signed');
  await earlyDisable.users.read(mia);
  await new Promise((resolve) => setImmediate(resolve));

  expect(asked).toBe(1);
  expect(accounts.calls).toEqual([]);
});
