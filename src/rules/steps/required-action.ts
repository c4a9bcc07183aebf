import { z } from 'zod';

import type { StepOperands } from '../model.ts';
import { text } from '../conditions/operands.ts';
import { type DeadEnd, step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'add-required-action': { readonly action: string };
    'remove-required-action': { readonly action: string };
  }
}

const operand = z
  .union([text, z.strictObject({ action: text.describe('The alias of the required action, such as VERIFY_EMAIL.') })])
  .transform((given) => (typeof given === 'string' ? { action: given } : given));

/** The gate's required action and its marks are one state. A rule that sets one of them itself opens or locks the gate. */
function deadEnds({ action }: StepOperands['add-required-action']): DeadEnd[] {
  return action.toLowerCase().startsWith('vestibule-')
    ? [
        {
          message: `the required action "${action}" belongs to the gate, and no rule sets or takes it`,
          remedy: 'use "hold: gate" in the file, or "request-approval" with "hold: gate"',
        },
      ]
    : [];
}

export const addRequiredAction = step<'add-required-action'>({
  name: 'add-required-action',
  about: 'Makes the person do something at the next login, by the alias of a required action.',
  examples: [{ 'add-required-action': 'CONFIGURE_TOTP' }],
  operand,
  locksOut: false,
  readies: true,
  deadEnds,
  references: ({ action }) => [{ kind: 'required-action', alias: action, use: 'add' }],
  label: ({ action }) => action,
  act: (effects, { registration }, { action }) =>
    effects.accounts.apply(registration, { kind: 'add-required-action', action }),
});

export const removeRequiredAction = step<'remove-required-action'>({
  name: 'remove-required-action',
  about: 'Takes a required action back.',
  examples: [{ 'remove-required-action': 'VERIFY_EMAIL' }],
  operand,
  locksOut: false,
  readies: true,
  deadEnds,
  undoes: 'add-required-action',
  references: ({ action }) => [{ kind: 'required-action', alias: action, use: 'remove' }],
  label: ({ action }) => action,
  act: (effects, { registration }, { action }) =>
    effects.accounts.apply(registration, { kind: 'remove-required-action', action }),
});
