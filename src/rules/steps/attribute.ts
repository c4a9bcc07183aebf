import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'set-user-attribute': { readonly name: string; readonly values: readonly string[] };
  }
}

const operand = z
  .strictObject({
    name: text.describe('The name of the attribute.'),
    value: oneOrMore(text).describe('Its value, or a list of values; what it had before is gone.'),
  })
  .transform(({ name, value }) => ({ name, values: value }));

export const setUserAttribute = step<'set-user-attribute'>({
  name: 'set-user-attribute',
  about:
    "Sets an attribute of the user to a value or a list of values. Fails when the realm's user profile does not keep it.",
  examples: [{ 'set-user-attribute': { name: 'origin', value: 'self-registered' } }],
  operand,
  stored: () => z.strictObject({ name: text, values: z.array(text).min(1) }),
  locksOut: false,
  readies: true,
  references: ({ name }) => [{ kind: 'attribute', name, use: 'set' }],
  label: ({ name }) => name,
  act: (effects, { registration }, { name, values }) =>
    effects.accounts.apply(registration, { kind: 'set-attribute', name, values }),
});
