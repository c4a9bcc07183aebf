import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { step } from './step.ts';

const operand = z
  .strictObject({ name: text, value: oneOrMore(text) })
  .transform(({ name, value }) => ({ name, values: value }));

export const setUserAttribute = step<'set-user-attribute'>({
  name: 'set-user-attribute',
  about:
    "Sets an attribute of the user to a value or a list of values. Fails when the realm's user profile does not keep it.",
  examples: [{ 'set-user-attribute': { name: 'origin', value: 'self-registered' } }],
  operand,
  closesDoor: false,
  act: (effects, { registration }, { name, values }) =>
    effects.accounts.apply(registration, { kind: 'set-attribute', name, values }),
});
