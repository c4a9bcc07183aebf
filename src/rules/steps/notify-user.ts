import { z } from 'zod';

import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'notify-user': { readonly message: string };
  }
}

/** Messages to the person who registered, each in every language of the catalogue. */
export const personMessages = [
  'pending',
  'approved',
  'rejected',
  'expired',
  'refused',
  'throwaway-address',
  'closed',
  'welcome',
  'deleted',
] as const;

/** Earlier names of messages. Rule files may still use them. */
const renamed: Readonly<Record<string, string>> = { disabled: 'closed' };

const message = z.enum([...personMessages, ...Object.keys(renamed)], {
  error: `must be one of ${personMessages.join(', ')}`,
});

export const notifyUser = step<'notify-user'>({
  name: 'notify-user',
  about: `Sends the person a mail in their language: ${personMessages.map((name) => `\`${name}\``).join(', ')}.`,
  examples: [{ 'notify-user': 'refused' }],
  operand: z
    .union([message, z.strictObject({ message: message.describe('Which message.') })])
    .transform((given) => (typeof given === 'string' ? given : given.message))
    .transform((given) => ({ message: renamed[given] ?? given })),
  locksOut: false,
  besideDelete: true,
  act: (effects, context, { message }) => effects.tellUser(context, message),
});
