import { createHmac } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { webhookMessage } from '../../src/messages/webhook.ts';

const key = Buffer.from('a key of at least twenty-four bytes').toString('base64');
const job = {
  key: 'k1',
  url: 'https://crm.example.com/hook',
  about: {
    eventId: 'e1',
    registeredAt: Date.parse('2026-11-24T10:00:00Z'),
    realm: 'acme',
    clientId: 'partner-portal',
    userId: 'u1',
    source: 'form',
    application: 'Partner Portal',
    rule: 'the desk decides',
  },
};
const now = Date.parse('2026-11-24T10:00:05Z');

describe('src/messages/webhook', () => {
  it('is signed over its id, time and body, as Standard Webhooks has it', () => {
    const { body, headers } = webhookMessage(job, `whsec_${key}`, now);
    const signed = `msg_k1.${now / 1_000}.${body}`;
    const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64');
    expect(headers).toMatchObject({
      'webhook-id': 'msg_k1',
      'webhook-timestamp': String(now / 1_000),
      'webhook-signature': `v1,${expected}`,
    });
    expect(JSON.parse(body)).toMatchObject({ type: 'registration.decided', data: { userId: 'u1' } });
  });

  it('keeps its id and body when it is sent again later', () => {
    const first = webhookMessage(job, key, now);
    const second = webhookMessage(job, key, now + 60_000);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.body).toBe(first.body);
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
  });

  it('tells no name and no address of the person', () => {
    expect(Object.keys(JSON.parse(webhookMessage(job, key, now).body).data as object)).toEqual(Object.keys(job.about));
  });
});
