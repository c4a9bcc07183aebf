import { createHmac } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { questionMessage, webhookMessage } from '../../src/messages/webhook.ts';
import type { Facts } from '../../src/rules/model.ts';
import { registration, user } from '../rules/facts.ts';

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

describe('src/messages/webhook: questions', () => {
  const url = 'https://crm.example.com/check';
  const about = { registration, user: { ...user, email: 'mia.new@acme.com' }, cause: registration.eventId };
  const { eventId, time, realm, clientId, userId, source } = registration;
  const ids = { eventId, registeredAt: time, realm, clientId, userId, source };

  it('have the registration in ids, and nothing of the person that the rule does not send', () => {
    const { body, headers } = questionMessage({ url, send: [] }, about, key, now);
    expect(JSON.parse(body)).toEqual({
      type: 'registration.asked',
      timestamp: '2026-11-24T10:00:00.000Z',
      data: ids,
    });
    const signed = `${headers['webhook-id']}.${now / 1_000}.${body}`;
    const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  it('send what the rule names, as Keycloak has it now', () => {
    const sent = (facts: Partial<Facts>, send: readonly ('email' | 'username')[]) =>
      (JSON.parse(questionMessage({ url, send }, { ...about, ...facts }, key, now).body) as { data: object }).data;
    expect(sent({}, ['email'])).toEqual({ ...ids, email: 'mia.new@acme.com' });
    expect(sent({}, ['email', 'username'])).toEqual({ ...ids, email: 'mia.new@acme.com', username: 'mia' });
    expect(sent({ user: { ...user, email: null } }, ['email'])).toEqual({ ...ids, email: null });
  });

  it('keep their id while they are asked again, and have another one for another question or cause', () => {
    const id = (send: readonly 'email'[], cause: string, at = now, to = url) =>
      questionMessage({ url: to, send }, { ...about, cause }, key, at).headers['webhook-id'];
    expect(id([], 'e1', now + 60_000)).toBe(id([], 'e1'));
    const different = [id([], 'e1'), id(['email'], 'e1'), id([], 'e2'), id([], 'e1', now, `${url}?a`)];
    expect(new Set(different).size).toBe(4);
    expect(different.join()).not.toContain('.'); // a "." separates what is signed
  });
});
