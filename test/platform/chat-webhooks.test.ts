import { describe, expect, it } from '@jest/globals';

import { chatWebhooksIn } from '../../src/platform/chat-webhooks.ts';
import { lookAtSettings } from '../../src/platform/settings.ts';

const slack = 'https://hooks.slack.com/services/T0/B0/s3cret';
const teams = 'https://prod.logic.azure.com:443/workflows/s3cret/invoke?api-version=1&sig=s3cret%2C';

describe('src/platform/chat-webhooks', () => {
  it.each([
    ['by commas', `slack:partners=${slack}, teams:desk=${teams}`],
    ['by lines', `slack:partners=${slack}\nteams:desk=${teams}\n`],
    ['by lines of Windows', `slack:partners=${slack}\r\n\r\nteams:desk=${teams}\r\n`],
  ])('reads channels separated %s', (_how, text) => {
    const { urls, problems } = chatWebhooksIn(text);
    expect(problems).toEqual([]);
    expect([...urls]).toEqual([
      ['slack:partners', slack],
      ['teams:desk', teams],
    ]);
  });

  it('takes http on this machine only', () => {
    expect(chatWebhooksIn('slack:a=http://127.0.0.1:8080/x').problems).toEqual([]);
    expect(chatWebhooksIn('slack:a=http://hooks.slack.com/x').problems).toHaveLength(1);
  });

  it('names all problems at once, by place or channel, and never an address', () => {
    const text = [
      slack,
      `discord:x=${slack}`,
      `slack:Partners=${slack}`,
      `slack:good=${slack}`,
      `slack:good=${teams}`,
      'teams:plain=http://example.test/s3cret',
      'teams:login=https://user:s3cret@example.test/',
      'teams:none=s3cret',
    ].join(',');
    const { problems } = lookAtSettings({ CHAT_WEBHOOKS: text }, ['CHAT_WEBHOOKS']);
    const said = problems.map((problem) => problem.text).join('\n');
    for (const named of [
      'entry 1',
      'entry 2',
      'entry 3',
      'slack:good is named twice',
      'teams:plain',
      'teams:login',
      'teams:none',
    ]) {
      expect(said).toContain(named);
    }
    expect(said).not.toMatch(/s3cret|slack\.com/);
  });
});
