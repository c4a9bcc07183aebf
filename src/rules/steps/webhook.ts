import { z } from 'zod';

import { callableUrl } from '../conditions/operands.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    webhook: { readonly url: string };
  }
}

export const webhook = step<'webhook'>({
  name: 'webhook',
  about:
    'Calls a URL with the registration in ids, signed as Standard Webhooks have it, retried for three days. It calls private networks only where WEBHOOK_ALLOW_PRIVATE is true.',
  examples: [{ webhook: 'https://crm.acme.com/hooks/registrations' }],
  operand: z
    .union([callableUrl, z.strictObject({ url: callableUrl.describe('An http or https URL, without credentials.') })])
    .transform((given) => (typeof given === 'string' ? { url: given } : given)),
  locksOut: false,
  besideDelete: true,
  act: (effects, context, { url }) => effects.callWebhook(context, url),
});
