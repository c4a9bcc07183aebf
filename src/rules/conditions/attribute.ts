import { z } from 'zod';

import { matchesGlob } from '../glob.ts';
import { condition, needsUser, quoted } from './condition.ts';
import { oneOrMore, text } from './operands.ts';

type Operand = Readonly<Record<string, readonly string[]>>;

const operand = z
  .record(text, oneOrMore(text), { error: 'must map attribute names to a value, a glob, or a list of them' })
  .refine((attributes) => Object.keys(attributes).length > 0, { error: 'must name at least one attribute' });

export const attribute = condition<Operand>({
  key: 'attribute',
  title: 'User attributes',
  about: 'Attributes of the user against a value or glob, or a list of them; all that are named must hold. An attribute that the person may write is no ground for a grant: `check --live` warns of one.',
  examples: [{ company: 'ACME' }, { department: ['sales', 'support-*'] }],
  operand: operand as unknown as z.ZodType<Operand>,
  test(wanted, { user }) {
    if (user === undefined) {
      return needsUser;
    }
    const failing = Object.entries(wanted).find(([name, patterns]) => !holds(user.attributes, name, patterns));
    const [name, patterns] = failing ?? Object.entries(wanted)[0] ?? ['', []];
    const values = Object.hasOwn(user.attributes, name) ? (user.attributes[name] ?? []) : [];
    const is = failing === undefined ? 'is' : 'is not';
    return { holds: failing === undefined, because: `attribute ${name} ${quoted(values[0])} ${is} among ${patterns.join(', ')}` };
  },
});

function holds(attributes: Readonly<Record<string, readonly string[]>>, name: string, patterns: readonly string[]): boolean {
  const values = Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : [];
  return values.some((value) => patterns.some((pattern) => matchesGlob(pattern, value)));
}
