import { createHmac } from 'node:crypto';

import { stableId } from '../jobs/audit.ts';
import type { About, WebhookJob } from '../jobs/payloads.ts';
import { emailOf, usernameOf } from '../rules/conditions/person.ts';
import type { Facts, Question } from '../rules/model.ts';

export interface WebhookMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The call of a webhook step.
 * @param secret `whsec_` and base64, or base64 alone
 */
export function webhookMessage({ key, about }: WebhookJob, secret: string, now: number): WebhookMessage {
  return signed({ id: key, type: 'registration.decided', about, data: about }, secret, now);
}

/**
 * The question of a condition `external`: the registration in ids, and what the rule sends of the person.
 * @param cause why it is asked: the same question of the same cause is the same message
 */
export function questionMessage(
  { url, send }: Question,
  { cause, ...facts }: Facts & { readonly cause: string },
  secret: string,
  now: number,
): WebhookMessage {
  const { eventId, time, realm, clientId, userId, source } = facts.registration;
  const known = { email: emailOf(facts) ?? null, username: usernameOf(facts) ?? null };
  const person = Object.fromEntries(send.map((name) => [name, known[name]]));
  const about = { eventId, registeredAt: time, realm, clientId, userId, source };
  const id = stableId(JSON.stringify([cause, url, send]));
  return signed({ id, type: 'registration.asked', about, data: { ...about, ...person } }, secret, now);
}

interface Content {
  readonly id: string;
  readonly type: string;
  readonly about: Pick<About, 'registeredAt'>;
  readonly data: object;
}

/**
 * A call as Standard Webhooks (standardwebhooks.com) has it: id, time and body are signed with HMAC-SHA-256, so that the
 * receiver can tell that it comes from here, that it is fresh, and whether it saw it before.
 */
function signed({ id: key, type, about, data }: Content, secret: string, now: number): WebhookMessage {
  const id = `msg_${key}`;
  const time = String(Math.floor(now / 1_000));
  const body = JSON.stringify({ type, timestamp: new Date(about.registeredAt).toISOString(), data });
  const signature = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${time}.${body}`)
    .digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': time,
      'webhook-signature': `v1,${signature}`,
    },
  };
}
