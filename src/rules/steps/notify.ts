import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    notify: { readonly to: readonly string[]; readonly subject: string | null };
  }
}

/** One plain address. A display name would allow tricks with mail headers. */
export const mailAddress = text.regex(/^[^\s@<>()",;:\\[\]]{1,64}@[A-Za-z0-9.-]{1,253}$/, {
  error: 'must be one plain mail address, such as desk@acme.com',
});
const subject = text.max(150, { error: 'is too long' });

const operand = z
  .union([
    oneOrMore(mailAddress),
    z.strictObject({
      to: oneOrMore(mailAddress).describe('A mail address, or a list of them.'),
      subject: subject.describe('The subject of the mail. Without it, the mail has a ready one.').optional(),
    }),
  ])
  .transform((given) =>
    'to' in given ? { to: given.to, subject: given.subject ?? null } : { to: given, subject: null },
  );

export const notify = step<'notify'>({
  name: 'notify',
  about: 'Sends a mail to administrators that says who registered, in ids, and which rule decided.',
  examples: [{ notify: 'ops@acme.com' }, { notify: { to: ['ops@acme.com'], subject: 'Too many registrations' } }],
  operand,
  stored: () => z.strictObject({ to: z.array(mailAddress).min(1), subject: subject.nullable() }),
  locksOut: false,
  besideDelete: true,
  act: (effects, context, { to, subject }) => effects.notify(context, to, subject),
});
