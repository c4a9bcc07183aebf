import { describe } from '@jest/globals';

import { accountsContract } from '../contracts/accounts.ts';
import { approvalStoreContract } from '../contracts/approval-store.ts';
import { jobsContract } from '../contracts/jobs.ts';
import { lockoutsContract } from '../contracts/lockouts.ts';
import { digestWindowsContract } from '../contracts/digest-windows.ts';
import { FakeAccounts } from './accounts.ts';
import { FakeApprovals } from './approvals.ts';
import { FakeDigestWindows } from './digest-windows.ts';
import { FakeJobs } from './jobs.ts';
import { FakeLockouts } from './lockouts.ts';
import { outageStoreContract } from '../contracts/outage-store.ts';
import { FakeOutageStore } from './outage-store.ts';

/** test/stack/contracts.test.ts holds the real ones to the same. */
describe('test/fakes/approvals', () => {
  const store = new FakeApprovals();
  approvalStoreContract(() => store);
});

describe('test/fakes/jobs', () => {
  const jobs = new FakeJobs();
  const held = async () =>
    new Map(jobs.in('outcomes').map(({ id, data, delayMs = 0 }) => [id, { data, delayMs }] as const));
  jobsContract(() => ({ jobs, held }));
});

describe('test/fakes/lockouts', () => {
  const lockouts = new FakeLockouts();
  lockoutsContract(() => lockouts);
});

describe('test/fakes/outage-store', () => {
  const store = new FakeOutageStore();
  outageStoreContract(() => store);
});

describe('test/fakes/digest-windows', () => {
  digestWindowsContract((now) => new FakeDigestWindows(now));
});

describe('test/fakes/accounts', () => {
  const accounts = new FakeAccounts();
  let count = 0;
  accountsContract(() => ({
    accounts,
    nobody: { realm: 'acme', userId: 'nobody' },
    registered: async () => {
      const userId = `user-${++count}`;
      accounts.add(userId);
      return { realm: 'acme', userId };
    },
    stateOf: async ({ userId }) => {
      const user = accounts.user(userId);
      return user === undefined ? null : { ...user, roles: user.roles.map((role) => role.replace('blog/', '')) };
    },
  }));
});
