import { describe, expect, it } from '@jest/globals';

import { createGuards } from '../../src/execute/guards.ts';
import { noLimit } from '../../src/execute/lockout-limit.ts';
import { createProtection } from '../../src/execute/protected-users.ts';
import { type ErrorCode, ServiceError } from '../../src/platform/errors.ts';
import type { Step } from '../../src/rules/model.ts';
import { FakeLimit, guardsOf } from '../fakes/guards.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const intent = {
  rule: { file: 'portal.yaml', line: 4, rule: 'the rule' },
  registration: mia,
  user: { username: 'mia' },
  steps: [{ uses: 'delete-user', with: null, after: null } satisfies Step],
};

function guardsWhereGroups(code: ErrorCode) {
  const fails = () => Promise.reject(new ServiceError(code, 'groups of a user'));
  const privileges = { groups: fails, administrativeRole: fails };
  const protection = createProtection({ privileges, users: [], groups: ['/staff'], report: () => undefined });
  return createGuards({ protection, limit: noLimit, now: Date.now });
}

describe('the guards', () => {
  it('let go on where the user was deleted since they were read, as by an attempt that did not live to say so', async () => {
    await expect(guardsWhereGroups('USER_GONE').ask(intent)).resolves.toMatchObject({ kind: 'go' });
  });

  it('fail where it is not known who the user is', async () => {
    await expect(guardsWhereGroups('KEYCLOAK_UNAVAILABLE').ask(intent)).rejects.toThrow('groups of a user');
  });

  const closing: Step = { uses: 'disable-user', with: null, after: null };
  const loggingOut: Step = { uses: 'log-out-user', with: null, after: null };
  const deleting: Step = { uses: 'delete-user', with: null, after: null };
  const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };
  const administratorAged = (ageMs: number) => {
    const { guards, looks } = guardsOf({ now: () => registeredAt + ageMs, role: 'realm-management/realm-admin' });
    return { ask: (steps: readonly Step[]) => guards.ask({ ...intent, steps }), looks };
  };

  it('ask nobody about steps that keep nobody out', async () => {
    const { ask, looks } = administratorAged(3_600_000);
    await expect(ask([joining])).resolves.toMatchObject({ kind: 'go' });
    expect(looks()).toBe(0);
  });

  it('look thoroughly at everybody who is to be deleted, also where another step can be undone', async () => {
    const { ask } = administratorAged(50);
    await expect(ask([closing, deleting])).resolves.toMatchObject({ kind: 'protected' });
    await expect(ask([closing, loggingOut])).resolves.toMatchObject({ kind: 'go' });
  });

  it('count a disable also beside a step that is not counted, and do not count a step that only ends sessions', async () => {
    const limit = new FakeLimit(0);
    const { guards } = guardsOf({ limit, now: () => registeredAt + 3_600_000 });
    await expect(guards.ask({ ...intent, steps: [loggingOut] })).resolves.toMatchObject({ kind: 'go' });
    expect(await limit.isStopped()).toBe(false);
    await expect(guards.ask({ ...intent, steps: [closing, loggingOut] })).resolves.toEqual({ kind: 'stopped' });
  });

  it('never stop a rule where no limit is set', async () => {
    const { guards } = guardsOf({ limit: noLimit });
    await expect(guards.isStopped(intent.rule, 'acme')).resolves.toBe(false);
    await expect(noLimit.stopped()).resolves.toEqual([]);
  });
});
