import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { step } from './step.ts';

/** Messages to the person who registered, each in every language of the catalogue. */
export const personMessages = ['pending', 'approved', 'rejected', 'expired', 'refused', 'disabled', 'welcome', 'deleted'] as const;
export type PersonMessage = (typeof personMessages)[number];

const message = z.enum(personMessages, { error: `must be one of ${personMessages.join(', ')}` });

export const notifyUser = step<'notify-user'>({
  name: 'notify-user',
  about: `Sends the person a mail in their language: ${personMessages.join(', ')}.`,
  examples: [{ 'notify-user': 'refused' }],
  operand: z.union([message, z.strictObject({ message })]).transform((given) => (typeof given === 'string' ? { message: given } : given)),
  closesDoor: false,
  act: (effects, occasion, { message }) => effects.tellUser(occasion, message),
});

/** One plain address. Rule files name people by address only; display names would open the door to header tricks. */
export const mailAddress = text.regex(/^[^\s@<>()",;:\\[\]]{1,64}@[A-Za-z0-9.-]{1,253}$/, { error: 'must be one plain mail address, such as desk@acme.com' });

export const notify = step<'notify'>({
  name: 'notify',
  about: 'Sends a mail to administrators that says who registered, in ids, and which rule decided.',
  examples: [{ notify: 'ops@acme.com' }, { notify: { to: ['ops@acme.com'], subject: 'Too many registrations' } }],
  operand: z
    .union([oneOrMore(mailAddress), z.strictObject({ to: oneOrMore(mailAddress), subject: text.max(150, { error: 'is too long' }).optional() })])
    .transform((given) => ('to' in given ? { to: given.to, subject: given.subject ?? null } : { to: given, subject: null })),
  closesDoor: false,
  act: (effects, occasion, { to, subject }) => effects.notify(occasion, to, subject),
});
