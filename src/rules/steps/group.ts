import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'join-group': { readonly group: string };
    'leave-group': { readonly group: string };
  }
}

/** The path of a group from the top, as Keycloak has it. */
export const groupPath = text.regex(/^(\/[^/]+)+$/, {
  error: 'must be the path of a group, such as /partners or /sales/north',
});

const operand = z
  .union([groupPath, z.strictObject({ group: groupPath.describe('The path of the group, such as /sales/north.') })])
  .transform((given) => (typeof given === 'string' ? { group: given } : given));

export const joinGroup = step<'join-group'>({
  name: 'join-group',
  about: 'Makes the person a member of a group, named by its path.',
  examples: [{ 'join-group': '/partners' }],
  operand,
  locksOut: false,
  readies: true,
  references: ({ group }) => [{ kind: 'group', path: group }],
  label: ({ group }) => group,
  act: (effects, { registration }, { group }) =>
    effects.accounts.apply(registration, { kind: 'join-group', path: group }),
});

export const leaveGroup = step<'leave-group'>({
  name: 'leave-group',
  about: 'Ends the membership of a group, such as one of the default groups of the realm.',
  examples: [{ 'leave-group': '/newcomers' }],
  operand,
  locksOut: false,
  readies: true,
  undoes: 'join-group',
  references: ({ group }) => [{ kind: 'group', path: group }],
  label: ({ group }) => group,
  act: (effects, { registration }, { group }) =>
    effects.accounts.apply(registration, { kind: 'leave-group', path: group }),
});
