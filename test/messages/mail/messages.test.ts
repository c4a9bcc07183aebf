import { describe, expect, it } from '@jest/globals';

import { ask } from '../../../src/approvals/open.ts';
import { approvalRequestMail } from '../../../src/messages/mail/approval-request.ts';
import { notifyMail } from '../../../src/messages/mail/operators.ts';
import { personMail } from '../../../src/messages/mail/person.ts';
import type { Fate } from '../../../src/rules/decide/fate.ts';
import type { UserFacts } from '../../../src/ingest/user.ts';
import { personMessages } from '../../../src/rules/steps/notify-user.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { context, registeredAt } from '../../fakes/registrations.ts';

const link = 'https://vestibule.acme.com/approvals/k.token';
const approval = ask({
  context,
  request: requestOf({ approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }] }),
  approvers: ['desk@acme.com'],
  now: registeredAt,
});
const mia: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: true,
  enabled: false,
  createdAt: 0,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};
const mail = (user: Partial<UserFacts> = {}) =>
  approvalRequestMail({ approval, user: { ...mia, ...user }, approver: 0, link, reminder: false });

describe('src/messages/mail/messages', () => {
  it('tells an approver who, for which application, when, from where, why, and until when', () => {
    const { subject, text } = mail();
    expect(subject).toBe('mia@example.test wants to join Partner Portal');
    for (const fact of [
      'Verified address: mia@example.test',
      'Mia Meyer',
      'Partner Portal',
      'November 24, 2026',
      '192.0.2.7',
      'the desk decides',
      'December 1, 2026',
      'joins the group /partners',
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('says why it asks again, in a mail of its own', () => {
    const request = { user: mia, approver: 0, link, reminder: false };
    const again = approvalRequestMail({ approval: { ...approval, reopenedAt: registeredAt }, ...request });
    expect(again.text).toContain('That vote no longer counts');
    expect(again.key).not.toBe(mail().key);
    expect(mail().text).not.toContain('no longer counts');
  });

  it('makes no link of a shown attribute, neither of its value nor of its name', () => {
    const { text, html } = approvalRequestMail({
      approval: { ...approval, show: ['company.name'] },
      user: { ...mia, attributes: { 'company.name': ['<b>www.evil.test</b>'] } },
      approver: 0,
      link,
      reminder: false,
    });
    expect(text).toContain('company[.]name: <b>www[.]evil[.]test</b>');
    expect(html).toContain('&#60;b&#62;www[.]evil[.]test&#60;/b&#62;');
    expect(html).not.toContain('company.name');
  });

  it('holds exactly one link, whatever the person calls themselves', () => {
    const evil = {
      username: 'https://evil.test/a',
      firstName: 'Approve: http://evil.test',
      lastName: 'www.evil.test',
      email: '"<https://evil.test>"@evil.test',
    };
    const { text, html } = mail(evil);
    expect(text.match(/https?:\/\/\S+/g)).toEqual([link]);
    expect(text).not.toMatch(/evil\.test/);
    expect(html.match(/href="[^"]*"/g)).toEqual([`href="${link}"`]);
  });

  it('gives mail programs nothing to make a link of, in plain text or in HTML, but the link and an ordinary address', () => {
    const { text, html } = mail({
      username: 'www.evil.test',
      firstName: 'https://evil.test/a',
      email: 'www.evil.test@evil.test',
      lastName: 'mia.meyer+list@example.test',
    });
    for (const part of [text, html]) {
      expect(part).toContain('https[:]//evil[.]test/a mia.meyer+list@example.test');
      expect(part).toContain('www[.]evil[.]test@evil[.]test');
      expect(part).not.toContain('evil.test');
    }
  });

  it('asks each approver in their own language, else in that of the rule file, else in English', () => {
    const approvers = [{ address: 'anna@acme.com', locale: 'fr-CA', zone: null }, 'desk@acme.com'];
    const subjectFor = (approver: number, language: string | null) =>
      approvalRequestMail({
        approval: ask({ context: { ...context, language }, request: requestOf(), approvers, now: registeredAt }),
        user: mia,
        approver,
        link,
        reminder: false,
      }).subject;
    expect(subjectFor(0, 'de')).toBe('mia@example.test demande l’accès à Partner Portal');
    expect(subjectFor(1, 'de')).toBe('mia@example.test möchte Zugang zu Partner Portal');
    expect(subjectFor(1, null)).toBe('mia@example.test wants to join Partner Portal');
  });

  it('says when an address or a name mixes alphabets, and which', () => {
    const { text, html } = mail({ email: 'mi\u0430@example.test' });
    for (const part of [text, html]) {
      expect(part).toContain('E-mail: mixes letters of Latin and Cyrillic, some of which look alike');
    }
    expect(mail().text).not.toContain('Look closely');
  });

  it('makes no link of where a registration came from, whatever stands there', () => {
    const from = { ip: 'https://evil.test/\u202e', source: 'broker:evil.test/login' };
    const { text, html } = approvalRequestMail({
      approval: { ...approval, ...from },
      user: mia,
      approver: 0,
      link,
      reminder: false,
    });
    for (const part of [text, html]) {
      expect(part).toContain('broker:evil[.]test/login');
      expect(part).not.toMatch(/evil\.test|https:..evil|\u202e/);
    }
  });

  it.each<['rejected' | 'expired' | 'refused', Fate, string]>([
    [
      'expired',
      { closed: true, deleted: 'now' },
      'Your account is being deleted, with everything that is stored with it. You are welcome to register again.',
    ],
    [
      'expired',
      { closed: true, deleted: registeredAt },
      'You cannot log in. Your account will be deleted on November 24, 2026. Until then, its user name and address cannot be used again. After that you can register again.',
    ],
    [
      'expired',
      { closed: true, deleted: 'never' },
      'in time. You cannot log in. If you still need access, please contact the Blog team.',
    ],
    ['expired', { closed: false, deleted: 'never' }, 'in time. If you still need access,'],
    ['rejected', { closed: true, deleted: 'now' }, 'was not approved. Your account is being deleted,'],
    [
      'rejected',
      { closed: true, deleted: registeredAt },
      'deleted on November 24, 2026. Until then, its user name and address cannot be used again. If you think this is a mistake,',
    ],
    [
      'rejected',
      { closed: false, deleted: 'never' },
      'was not approved. If you think this is a mistake, please contact the Blog team.',
    ],
    [
      'refused',
      { closed: true, deleted: registeredAt },
      'You cannot log in. Your account will be deleted on November 24, 2026.',
    ],
  ])('promises a person whose registration is %s nothing but what follows: %j', (message, fate, said) => {
    const to = { address: 'a@b.c', locale: 'en' };
    const { text, html } = personMail({ kind: 'person', key: 'k', to, message, application: 'Blog', fate });
    expect(text.replaceAll('\n\n', ' ')).toContain(said);
    expect(html.replaceAll(/\s*<[^>]*>\s*/g, ' ').replaceAll('  ', ' ')).toContain(said);
    if (fate.deleted !== 'now') {
      expect(text).not.toContain('welcome to register');
    }
  });

  it('says what a delayed step does, and when', () => {
    const request = requestOf({ rejected: [{ uses: 'delete-user', with: null, after: 2_592_000_000 }] });
    const slow = ask({ context, request, approvers: ['desk@acme.com'], now: registeredAt });
    const { text } = approvalRequestMail({ approval: slow, user: mia, approver: 0, link, reminder: false });
    expect(text).toContain('the account is deleted after 30 days; Mia Meyer is told by mail');
  });

  it('puts nothing that a person typed into the subject', () => {
    expect(mail({ username: 'Bcc', firstName: 'x\r\nBcc: a@b.c' }).subject).toBe(mail().subject);
  });

  it('shows markup as text and keeps lines and directions in order', () => {
    const { html, text } = mail({
      firstName: '<b>\n</div>',
      lastName: '\u202e\u0000evil',
      username: 'a'.repeat(3_000),
    });
    expect(html).toContain('&#60;b&#62; &#60;/div&#62;');
    expect(`${html}${text}`).not.toMatch(/\u202e|\u0000|a{300}/);
  });

  it('is the same mail when it is made twice', () => {
    expect(mail()).toEqual(mail());
  });

  it.each(personMessages)('has the message "%s" in each language', (message) => {
    const subjects = ['en', 'de', 'fr'].map((locale) => {
      const { subject, text, html } = personMail({
        kind: 'person',
        key: 'k',
        to: { address: 'a@b.c', locale },
        message,
        application: 'Blog',
      });
      expect(text).toContain('Blog');
      expect(html).toContain(`lang="${locale}"`);
      return subject;
    });
    expect(new Set(subjects).size).toBe(3);
  });

  it('tells administrators in ids', () => {
    const about = {
      eventId: 'e',
      registeredAt,
      realm: 'acme',
      clientId: 'evil\r\nclient',
      userId: 'u',
      source: 'form',
      application: 'Blog',
      rule: 'spike',
    };
    const { subject, text } = notifyMail({ kind: 'notify', key: 'k', to: 'ops@acme.com', subject: null, about });
    expect(subject).toBe('Registration for Blog: spike');
    expect(text).toContain('Client: evil client');
  });
});
