import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import type { RoleRef } from '../model.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'grant-role': RoleRef;
    'revoke-role': RoleRef;
  }
}

const map = z.strictObject({
  client: text.describe('The client whose role it is. Without it, a role of the realm.').optional(),
  role: text.describe('The name of the role.'),
});

const operand = z.union([text, map]).transform((given): RoleRef => {
  if (typeof given === 'string') {
    return { role: given };
  }
  const { client, role } = given;
  return client === undefined ? { role } : { client, role };
});

const label = ({ client, role }: RoleRef) => (client === undefined ? role : `${client} / ${role}`);

export const grantRole = step<'grant-role'>({
  name: 'grant-role',
  about: 'Gives the person a role of the realm, or of a client.',
  examples: [{ 'grant-role': 'reader' }, { 'grant-role': { client: 'partner-portal', role: 'member' } }],
  operand,
  locksOut: false,
  readies: true,
  references: (role) => [{ kind: 'role', role }],
  label,
  act: (effects, { registration }, role) => effects.accounts.apply(registration, { kind: 'grant-role', role }),
});

export const revokeRole = step<'revoke-role'>({
  name: 'revoke-role',
  about: 'Takes a role from the person. A role that came with a composite or a group stays.',
  examples: [{ 'revoke-role': 'reader' }],
  operand,
  locksOut: false,
  readies: true,
  undoes: 'grant-role',
  references: (role) => [{ kind: 'role', role }],
  label,
  act: (effects, { registration }, role) => effects.accounts.apply(registration, { kind: 'revoke-role', role }),
});
