import { describe, expect, it } from '@jest/globals';

import { createGuards } from '../../src/execute/guards.ts';
import { noLimit } from '../../src/execute/lockout-limit.ts';
import { createProtection } from '../../src/execute/protected-users.ts';
import { type ErrorCode, ServiceError } from '../../src/platform/errors.ts';
import type { Step } from '../../src/rules/model.ts';
import { mia } from '../fakes/registrations.ts';

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
});
