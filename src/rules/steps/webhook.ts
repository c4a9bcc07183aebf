import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    webhook: { readonly url: string };
  }
}

const url = text
  .regex(/^https?:\/\/[^\s@/?#]+([/?#]\S*)?$/, {
    error: 'must be an http or https URL without credentials; the signature says who calls',
  })
  .refine((value) => URL.canParse(value), { error: 'must be a URL' });

export const webhook = step<'webhook'>({
  name: 'webhook',
  about:
    'Calls a URL with the registration in ids, signed as Standard Webhooks have it, retried for three days. It calls private networks only where WEBHOOK_ALLOW_PRIVATE is true.',
  examples: [{ webhook: 'https://crm.acme.com/hooks/registrations' }],
  operand: z
    .union([url, z.strictObject({ url: url.describe('An http or https URL, without credentials.') })])
    .transform((given) => (typeof given === 'string' ? { url: given } : given)),
  locksOut: false,
  besideDelete: true,
  act: (effects, context, { url }) => effects.callWebhook(context, url),
});
