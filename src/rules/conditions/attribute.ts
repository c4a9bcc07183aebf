import { z } from 'zod';

import { matchesGlob } from '../../platform/glob.ts';
import { condition, needsUser } from './condition.ts';
import { glob, oneOrMore, text } from './operands.ts';
import { quoted, some } from './person.ts';

type Operand = Readonly<Record<string, readonly string[]>>;

const operand = z
  .record(text, oneOrMore(glob), { error: 'must map attribute names to a value, a glob, or a list of them' })
  .refine((attributes) => Object.keys(attributes).length > 0, { error: 'must name at least one attribute' });

export const attribute = condition<Operand>({
  key: 'attribute',
  title: 'User attributes',
  about:
    'Attributes of the user, each with a value, a glob, or a list of them. All attributes that are named must match. Do not grant anything because of an attribute that the person may write.',
  examples: [{ company: 'ACME' }, { department: ['sales', 'support-*'] }],
  operand,
  references: (wanted) => Object.keys(wanted).map((name) => ({ kind: 'attribute', name, use: 'compared' })),
  test(wanted, { user }) {
    if (user === undefined) {
      return needsUser;
    }
    const compared = Object.entries(wanted).map(([name, patterns]) => {
      // A user may have an attribute named "constructor", and a rule may ask for it.
      const values = Object.hasOwn(user.attributes, name) ? (user.attributes[name] ?? []) : [];
      const match = values.find((value) => patterns.some((pattern) => matchesGlob(pattern, value)));
      const holds = match !== undefined;
      const because = `attribute ${name} ${quoted(match ?? values[0])} is ${holds ? '' : 'not '}among ${some(patterns)}`;
      return { holds, because };
    });
    const failing = compared.find(({ holds }) => !holds);
    return failing ?? { holds: true, because: compared.map(({ because }) => because).join(', and ') };
  },
});
