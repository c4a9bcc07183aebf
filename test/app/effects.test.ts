import { describe, expect, it } from '@jest/globals';
import pino from 'pino';

import { wireEffects } from '../../src/app/effects.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { guardsOf } from '../fakes/guards.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

type Args = Parameters<typeof wireEffects>;

function setup() {
  const now = () => registeredAt + 50;
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt });
  const lockouts = new FakeLockouts();
  const rules = { current: () => ({ version: 'v', files: [] }) };
  const base = {
    config: { DRY_RUN: false, EVENT_MAX_AGE_HOURS: 72, FLOOD_ALARM_PER_HOUR: 0 },
    log: pino({ enabled: false }),
    rules,
    now,
  };
  const storage = { jobs: new FakeJobs(), lockouts, approvals: new FakeApprovals(), audit: new FakeAudit() };
  const keycloak = { accounts, events: new FakeAdminEvents(), users: accounts, setUpAt: () => Promise.resolve(0) };
  const wired = wireEffects(
    base as unknown as Args[0],
    storage as unknown as Args[1],
    keycloak as unknown as Args[2],
    guardsOf({ now }).protection,
  );
  return { accounts, lockouts, ...wired };
}

describe('src/app/effects', () => {
  it('whom an approval or a delayed step disables, the last look after an undone early disable leaves disabled', async () => {
    const { accounts, effects, lockouts, undo } = setup();
    await lockouts.claim(mia);
    await accounts.apply(mia, { kind: 'disable' });
    await undo.letGo(mia);
    expect(accounts.user(mia.userId)?.enabled).toBe(true);

    await effects.accounts.apply(mia, { kind: 'disable' });

    await expect(undo.ifLetGo(mia)).resolves.toBe('nothing-to-do');
    expect(accounts.user(mia.userId)?.enabled).toBe(false);
  });
});
