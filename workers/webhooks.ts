import type { Handler } from '../src/jobs/payloads.ts';
import { webhookMessage, type WebhookMessage } from '../src/messages/webhook.ts';

export interface WebhooksDeps {
  readonly call: (url: string, message: WebhookMessage) => Promise<void>;
  readonly secret: string;
  readonly now: () => number;
}

/** Calls one webhook. The message's id is the same at each attempt. */
export function createWebhooks({ call, secret, now }: WebhooksDeps): Handler<'webhooks'> {
  return async ({ data }) => {
    await call(data.url, webhookMessage(data, secret, now()));
    return 'called';
  };
}
