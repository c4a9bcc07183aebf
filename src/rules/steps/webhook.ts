import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import { step } from './step.ts';

const url = text
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), { error: 'must be an http or https URL' })
  .refine((value) => !URL.canParse(value) || new URL(value).username === '', { error: 'must not hold credentials; the signature says who calls' });

export const webhook = step<'webhook'>({
  name: 'webhook',
  about: 'Calls a URL with the registration in ids, signed as Standard Webhooks have it, retried for three days. Private networks only if WEBHOOK_ALLOW_PRIVATE says so.',
  examples: [{ webhook: 'https://crm.acme.com/hooks/registrations' }],
  operand: z.union([url, z.strictObject({ url })]).transform((given) => (typeof given === 'string' ? { url: given } : given)),
  closesDoor: false,
  act: (effects, occasion, { url }) => effects.callWebhook(occasion, url),
});
