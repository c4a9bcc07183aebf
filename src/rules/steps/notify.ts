import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { step } from './step.ts';

/** One plain address. A display name would open the door to tricks with headers. */
export const mailAddress = text.regex(/^[^\s@<>()",;:\\[\]]{1,64}@[A-Za-z0-9.-]{1,253}$/, {
  error: 'must be one plain mail address, such as desk@acme.com',
});

const operand = z
  .union([
    oneOrMore(mailAddress),
    z.strictObject({ to: oneOrMore(mailAddress), subject: text.max(150, { error: 'is too long' }).optional() }),
  ])
  .transform((given) =>
    'to' in given ? { to: given.to, subject: given.subject ?? null } : { to: given, subject: null },
  );

export const notify = step<'notify'>({
  name: 'notify',
  about: 'Sends a mail to administrators that says who registered, in ids, and which rule decided.',
  examples: [{ notify: 'ops@acme.com' }, { notify: { to: ['ops@acme.com'], subject: 'Too many registrations' } }],
  operand,
  closesDoor: false,
  act: (effects, context, { to, subject }) => effects.notify(context, to, subject),
});
