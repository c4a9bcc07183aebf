import { z } from 'zod';

import { chatWebhooksIn } from './chat-webhooks.ts';
import { isNetwork } from './networks.ts';
import { leastKeyBytes, signingKeysIn } from './signing-keys.ts';

/* Forms that several settings have. */

export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
export const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535);
export const positive = z.coerce.number({ error: 'must be a whole number above 0' }).int().positive();
export const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');
export const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));
export const listOf = (item: RegExp, error: string) =>
  list.refine((items) => items.every((text) => item.test(text)), { error }).default([]);
export const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, { error: 'must be a Kafka topic name' });
export const linkKeys = z.string().regex(/^[A-Za-z0-9_-]+:[A-Za-z0-9+/_=-]+(,[A-Za-z0-9_-]+:[A-Za-z0-9+/_=-]+)*$/, {
  error: 'must look like "name:base64secret", several separated by commas, the newest first',
});
export const chatWebhooks = z.string().superRefine((text, context) => {
  chatWebhooksIn(text).problems.forEach((message) => context.addIssue({ code: 'custom', message }));
});
export const signingKeys = z
  .string()
  .refine(
    (text) =>
      signingKeysIn(text).length > 0 && signingKeysIn(text).every((key) => Buffer.byteLength(key) >= leastKeyBytes),
    { error: `must hold keys of at least ${leastKeyBytes} bytes each; make one with: openssl rand -base64 32` },
  );
export const proxies = list.refine((items) => items.every(isNetwork), {
  error:
    'must be the addresses of your proxies, such as 10.0.0.0/8,::1: anyone else who connects could claim any address; ' +
    'leave it out where there is no proxy',
});
export const keyPrefix = z.string().regex(/^[A-Za-z0-9_-]+$/);
export const mailAddresses = listOf(
  /^[^\s@<>()",;:\\[\]]{1,64}@[A-Za-z0-9.-]{1,253}$/,
  'must be plain mail addresses, such as ops@acme.com',
);
