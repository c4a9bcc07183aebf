import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import { languages } from '../../platform/languages.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'refuse-registration': Refusal;
  }
}

export interface Refusal {
  /** A named text that the Keycloak provider has in every language, or own texts by language. */
  readonly message: string | Readonly<Record<string, string>>;
  /** What becomes of an account that was made all the same. */
  readonly otherwise: 'disable-user' | 'delete-user';
}

const refusalMessages = ['closed', 'other-address', 'invitation-only', 'other-network', 'try-later'] as const;

const named = z.enum(refusalMessages, { error: `must be one of ${refusalMessages.join(', ')}, or texts by language` });
const ownText = text.max(300, { error: 'is longer than 300 characters' });
const translations = languages
  .filter((language) => language !== 'en')
  .map((language) => [language, ownText.describe(`The text in the language \`${language}\`.`).optional()] as const);
const ownTexts = z
  .strictObject({
    en: ownText.describe('The text for everybody whose language has none of its own.'),
    ...Object.fromEntries(translations),
  })
  .transform((texts) => Object.fromEntries(Object.entries(texts).filter(isText)));
const message = z
  .union([named, ownTexts])
  .describe(
    `What the person reads: ${refusalMessages.map((name) => `\`${name}\``).join(', ')}, or own texts by language, of which \`en\` must be there.`,
  );
const otherwise = z
  .enum(['disable-user', 'delete-user'], { error: 'must be disable-user or delete-user' })
  .describe('What becomes of an account that was made all the same.');

const operand = z
  .union([
    z.null({ error: 'must be empty, or a map such as { message: other-address }' }),
    z.strictObject({ message: message.default('closed'), otherwise: otherwise.default('disable-user') }),
  ])
  .transform((given): Refusal => given ?? { message: 'closed', otherwise: 'disable-user' });

function mailFor(message: Refusal['message']): string {
  return (typeof message === 'string' ? mails[message] : undefined) ?? 'refused';
}

function isText(entry: [language: string, text: string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

/** The mail that says the same, to a person whose account was made all the same. */
const mails: Readonly<Record<string, string>> = { closed: 'closed', 'other-address': 'throwaway-address' };

export const refuseRegistration = step<'refuse-registration'>({
  name: 'refuse-registration',
  about:
    'Refuses the registration before there is an account. The Keycloak provider does it: if it knows enough when the form is opened, it shows no form; else it refuses when the form is sent, at the field that the rule looks at. An account that was made all the same is disabled, and the person gets the mail `closed`, `throwaway-address` or `refused`, by the message. It stands alone in `then`.',
  examples: [
    'refuse-registration',
    { 'refuse-registration': { message: 'other-address' } },
    {
      'refuse-registration': {
        message: { en: 'Please ask your partner manager for an invitation.' },
        otherwise: 'delete-user',
      },
    },
  ],
  operand,
  stored: () => z.strictObject({ message: z.union([named, z.record(z.string(), ownText)]), otherwise }),
  locksOut: true,
  disables: ({ otherwise }) => otherwise === 'disable-user',
  alone: true,
  standsFor: ({ message, otherwise }) => [
    { uses: otherwise, with: null, after: null },
    { uses: 'notify-user', with: { message: mailFor(message) }, after: null },
  ],
});
