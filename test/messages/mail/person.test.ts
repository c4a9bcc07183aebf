import { describe, expect, it } from '@jest/globals';

import type { MailJob } from '../../../src/jobs/payloads.ts';
import { languages } from '../../../src/platform/languages.ts';
import { personMail } from '../../../src/messages/mail/person.ts';
import { plainStyle } from '../../../src/messages/mail/style.ts';

type Job = Omit<Extract<MailJob, { kind: 'person' }>, 'who'>;

const job: Job = {
  kind: 'person',
  key: 'k',
  to: { address: 'ada@example.test', locale: 'en', name: 'Ada Lovelace' },
  message: 'approved',
  application: 'Partner Portal',
};
const style = { ...plainStyle, contact: 'desk@acme.com', link: 'https://partners.acme.com' };
const linksIn = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

describe('src/messages/mail/person', () => {
  it('greets the person by name, where there is one', () => {
    expect(personMail(job).text).toMatch(/^Hello Ada Lovelace,$/m);
    expect(personMail({ ...job, to: { address: 'a@b.c', locale: 'en' } }).text).toMatch(/^Hello,$/m);
  });

  it('says whom to ask, as the rule file says, and else the people of the application', () => {
    const rejected = { ...job, message: 'rejected' };
    expect(personMail(rejected, style).text).toContain('please contact desk@acme.com.');
    expect(personMail(rejected, style).text).toContain('Not you? Contact desk@acme.com.');
    expect(personMail(rejected).text).toContain('please contact the Partner Portal team.');
    const { html } = personMail(rejected, { ...style, contact: 'https://acme.com/help?a=1&b=2' });
    expect(linksIn(html)).toEqual(Array<string>(2).fill('https://acme.com/help?a=1&#38;b=2'));
  });

  it.each(['approved', 'welcome', 'undone'])('leads to the application from "%s"', (message) => {
    const { text, html } = personMail({ ...job, message }, style);
    expect(linksIn(html)).toEqual(['https://partners.acme.com/']);
    expect(text).toContain('Open Partner Portal:\nhttps://partners.acme.com/');
  });

  it.each(['rejected', 'expired', 'refused', 'throwaway-address', 'closed', 'pending', 'deleted'])(
    'leads nowhere from "%s"',
    (message) => {
      expect(linksIn(personMail({ ...job, message }, style).html)).toEqual([]);
    },
  );

  it.each([
    ['https://partners.acme.com/start', 1],
    ['http://127.0.0.1:8080/', 1],
    ['http://localhost/', 1],
    ['http://partners.acme.com', 0],
    ['javascript:alert(1)', 0],
    ['partners.acme.com', 0],
    [null, 0],
  ])('leads only where it is safe: %s', (link, count) => {
    expect(linksIn(personMail(job, { ...plainStyle, link }).html)).toHaveLength(count);
  });

  it('says how long a decision usually takes only where the rule does', () => {
    const pending = { ...job, message: 'pending' };
    expect(personMail(pending).text).toContain('The Partner Portal team reviews each request. You can log in');
    expect(personMail({ ...pending, usuallyWithin: 86_400_000 }).text).toContain(
      'The Partner Portal team reviews each request, usually within 1 day. You can log in',
    );
  });

  it('offers to take the request back, where there is a link for it', () => {
    const pending = { ...job, message: 'pending' };
    expect(linksIn(personMail(pending, plainStyle, 'https://v.acme.com/withdraw/x').html)).toEqual([
      'https://v.acme.com/withdraw/x',
    ]);
  });

  it('quotes the reason of a rejection as what the team wrote, with nothing to make a link of', () => {
    const reason = 'Use\r\nyour company’s address: https://evil.test <b>';
    const { text, html } = personMail({ ...job, message: 'rejected', reason });
    expect(text).toContain(
      'The reason, in the words of the Partner Portal team:\n  > Use your company’s address: https[:]//evil[.]test <b>\n',
    );
    expect(html).toContain('https[:]//evil[.]test &#60;b&#62;');
    expect(linksIn(html)).toEqual([]);
  });

  it.each(languages)(
    'says different things of a refusal, a throwaway address and a closed application (%s)',
    (locale) => {
      const texts = ['refused', 'throwaway-address', 'closed'].flatMap((message) => {
        const { subject, text } = personMail({ ...job, message, to: { address: 'a@b.c', locale } });
        return [subject, text];
      });
      expect(new Set(texts).size).toBe(6);
    },
  );

  it('understands jobs of an earlier version, in which "closed" was "disabled"', () => {
    const { text } = personMail({ ...job, message: 'closed' });
    expect(personMail({ ...job, message: 'disabled' }).text).toBe(text);
  });

  it('uses the old name of a message for none of the new ones', () => {
    expect(personMail({ ...job, message: 'refused' }).text).not.toContain('throwaway');
  });
});
