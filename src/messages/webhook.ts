import { createHmac } from 'node:crypto';

import type { WebhookJob } from '../jobs/payloads.ts';

export interface WebhookMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A webhook call as Standard Webhooks (standardwebhooks.com) has it: id, time and body are signed with HMAC-SHA-256, so
 * that the receiver can tell that it comes from here, that it is fresh, and whether it saw it before.
 * @param secret `whsec_` and base64, or base64 alone
 */
export function webhookMessage({ key, about }: WebhookJob, secret: string, now: number): WebhookMessage {
  const id = `msg_${key}`;
  const timestamp = String(Math.floor(now / 1_000));
  const body = JSON.stringify({
    type: 'registration.decided',
    timestamp: new Date(about.registeredAt).toISOString(),
    data: about,
  });
  const signature = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
  };
}
