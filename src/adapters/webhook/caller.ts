import { ServiceError } from '../../platform/errors.ts';
import type { WebhookMessage } from '../../messages/webhook.ts';
import { openLine, PrivateAddress } from './line.ts';

export interface WebhookCaller {
  /** @throws ServiceError WEBHOOK_REFUSED when it is no use to try again, WEBHOOK_UNAVAILABLE when it is */
  call(url: string, message: WebhookMessage): Promise<void>;
  close(): Promise<void>;
}

/** Calls webhooks. The status is the answer. */
export function createWebhookCaller({ allowPrivate }: { readonly allowPrivate: boolean }): WebhookCaller {
  const line = openLine({ allowPrivate, timeoutMs: 15_000 });
  return {
    async call(url, message) {
      const { host } = new URL(url);
      const status = await line
        .post(url, message, async ({ statusCode, body }) => {
          await body.dump();
          return statusCode;
        })
        .catch((cause: unknown) => {
          throw failed(cause, host);
        });
      if (status < 200 || status > 299) {
        const final = status === 410 || (status >= 300 && status < 400);
        throw new ServiceError(
          final ? 'WEBHOOK_REFUSED' : 'WEBHOOK_UNAVAILABLE',
          `the webhook ${host} answers ${status}`,
          { status },
        );
      }
    },
    close: () => line.close(),
  };
}

function failed(cause: unknown, host: string): ServiceError {
  return cause instanceof PrivateAddress
    ? new ServiceError(
        'WEBHOOK_REFUSED',
        `the webhook ${host} is at no public address; WEBHOOK_ALLOW_PRIVATE=true lets it be called`,
        { cause },
      )
    : new ServiceError('WEBHOOK_UNAVAILABLE', `the webhook ${host} does not answer`, { cause });
}
