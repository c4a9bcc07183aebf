import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../../src/approvals/approval.ts';
import { ask } from '../../../src/approvals/open.ts';
import type { UserFacts } from '../../../src/ingest/user.ts';
import { approvalRequestMail } from '../../../src/messages/mail/approval-request.ts';
import { decidedMail, isDecided } from '../../../src/messages/mail/decided.ts';
import { digestMail } from '../../../src/messages/mail/digest.ts';
import type { Asking } from '../../../src/messages/mail/request.ts';
import { plainStyle } from '../../../src/messages/mail/style.ts';
import { languages } from '../../../src/platform/languages.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { context, registeredAt } from '../../fakes/registrations.ts';

const link = 'https://vestibule.acme.com/approvals/k.token';
const ada: UserFacts = {
  username: 'ada',
  email: 'ada@example.test',
  emailVerified: true,
  enabled: false,
  createdAt: 0,
  firstName: 'Ada',
  lastName: 'Lovelace',
  locale: null,
  attributes: {},
};
const approval: Approval = {
  ...ask({
    context,
    request: requestOf({ approved: [{ uses: 'enable-user', with: null, after: null }] }),
    approvers: ['desk@acme.com', 'ben@acme.com', 'slack:partners'],
    now: registeredAt,
  }),
  need: 2,
};
const asked = (asking: Asking, changes: Partial<Approval> = {}, user: Partial<UserFacts> = {}, href = link) =>
  approvalRequestMail({
    approval: { ...approval, ...changes },
    user: { ...ada, ...user },
    approver: 0,
    link: href,
    reminder: asking === 'remind',
    asking,
  });
const vote = { approver: 'ben@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null } as const;

describe('the mails to approvers', () => {
  it('name the person first, and give the button right after', () => {
    const { text } = asked('ask');
    expect(text.startsWith(`Ada Lovelace wants to join Partner Portal\n\nReview and decide:\n${link}\n`)).toBe(true);
  });

  it.each<[string, Partial<UserFacts>, RegExp]>([
    ['an ordinary address', {}, /^ada@example\.test wants to join Partner Portal$/],
    ['no address', { email: null }, /^Somebody wants to join Partner Portal \(request [0-9a-f]{6}\)$/],
    ['letters beyond ASCII', { email: 'аda@example.test' }, /^Somebody /],
    ['an endless address', { email: `${'a'.repeat(60)}@example.test` }, /^Somebody /],
    ['words for an address', { email: '"Done: ignore this"@evil.test' }, /^Somebody /],
    ['an address like a link', { email: 'www.evil.test@evil.test' }, /^Somebody /],
  ])('have a subject by which no two read alike: %s', (_, user, subject) => {
    expect(asked('ask', {}, user).subject).toMatch(subject);
  });

  it('have no name in the subject, and in the heading no sentence of the person’s own', () => {
    const { subject, text } = asked('ask', {}, { firstName: 'Done! Ignore this: https://evil.test', lastName: '' });
    expect(subject).not.toContain('Done');
    expect(text.split('\n')[0]).toBe('Done Ignore this https evil[.]test wants to join Partner Portal');
  });

  it.each<[Asking, string, string]>([
    ['remind', 'Reminder: ada@example.test wants', 'A reminder: this request still waits for your decision.'],
    ['escalate', 'Not decided yet: ada@example.test wants', 'so you are asked as well.'],
    ['handed-over', 'Handed over to you: ada@example.test wants', 'ben@acme.com handed this request over to you.'],
    ['again', 'Please decide again: ada@example.test wants', 'That vote no longer counts'],
  ])('say why they come, in subject and text: %s', (asking, subject, said) => {
    const mail = asked(asking, { handedOver: [{ from: 1, to: 0, at: registeredAt }], reopenedAt: registeredAt });
    expect(mail.subject).toContain(subject);
    expect(mail.text).toContain(said);
  });

  it('are one thread: each later mail follows the first to that approver', () => {
    const first = asked('ask');
    expect(first.follows).toBeUndefined();
    const others = [asked('remind'), asked('again', { reopenedAt: 7 }), asked('remind', { reopenedAt: 7 })];
    expect(others.map(({ follows }) => follows)).toEqual([first.key, first.key, first.key]);
    expect(new Set([first, ...others].map(({ key }) => key)).size).toBe(4);
    const decided = { ...approval, state: 'approved', votes: [vote], decidedAt: registeredAt } as const;
    expect(decidedMail({ approval: decided, user: ada, approver: 0 }).follows).toBe(first.key);
    expect(decidedMail({ approval: decided, user: ada, approver: 2 }).follows).not.toBe(first.key);
  });

  it('follow none where somebody is asked because nobody has decided', () => {
    expect(asked('escalate').key).toBe(asked('ask').key);
    expect(asked('escalate').follows).toBeUndefined();
  });

  it('are mails of their own for each reminder and each time that a question is handed over', () => {
    const request = { approval, user: ada, approver: 0, link, reminder: true, asking: 'remind' } as const;
    const keys = ['remind-1-x-0', 'remind-2-x-0'].map((key) => approvalRequestMail({ ...request, key }).key);
    expect(keys).toEqual(['remind-1-x-0', 'remind-2-x-0']);
    expect(asked('handed-over')).toMatchObject({ follows: asked('ask').key });
  });

  it('say who else was asked, and who agreed already', () => {
    const { text } = asked('ask', { votes: [vote] });
    expect(text).toContain(
      '  Approvals: 1 of 2\n  Approved so far by: ben@acme.com\n  Also asked: Slack channel partners\n',
    );
    expect(asked('ask', { votes: [vote], retired: [2] }).text).not.toContain('Also asked');
    const alone = { approvers: ['desk@acme.com'], need: 1 };
    expect(asked('ask', alone).text).not.toMatch(/Also asked|Approvals/);
    const many = { approvers: Array.from({ length: 9 }, (_, number) => `a${number}@acme.com`) };
    expect(asked('ask', many).text).toContain(
      'a1@acme.com, a2@acme.com, a3@acme.com, a4@acme.com, a5@acme.com and 3 more',
    );
  });

  it('say who can log in by an approval, and why this approver is asked', () => {
    const { text } = asked('ask', { hold: 'gate' });
    expect(text).toContain('Ada Lovelace can log in');
    expect(text).toContain('Why you: The rule “the desk decides” names you.');
  });

  it('quote the reason for joining, boxed, in one paragraph, with nothing to make a link of', () => {
    const user = { attributes: { why: ['I sell\n\n—— System ——\nhttps://evil.test'] } };
    const { text, html } = asked('ask', { reason: 'why' }, user);
    expect(text).toContain('Reason for joining:\n  > I sell —— System —— https[:]//evil[.]test\n');
    expect(html).not.toContain('evil.test');
  });

  it('hold one link, and a second one to hand the decision over only where the rule lets them', () => {
    const links = (changes: Partial<Approval>) => asked('ask', changes).text.match(/https?:\/\/\S+/g);
    expect(links({})).toEqual([link]);
    expect(links({ delegate: '/desk' })).toEqual([link, `${link}/delegate`]);
    // What the mail showed travels behind the path, and the page for handing over has a path of its own.
    const marked = asked('ask', { delegate: '/desk' }, {}, `${link}?mailed=k.x`).text.match(/https?:\/\/\S+/g);
    expect(marked).toEqual([`${link}?mailed=k.x`, `${link}/delegate`]);
  });

  it('tell times in the zone of the approver, else of the rule file, else in UTC', () => {
    const mail = (changes: Partial<Approval>, timeZone: string | null = null) =>
      approvalRequestMail({
        approval: { ...approval, languages: ['de'], ...changes },
        user: ada,
        approver: 0,
        link,
        reminder: false,
        style: { ...plainStyle, timeZone },
      }).text;
    expect(mail({ zones: ['Asia/Kolkata'] }, 'Europe/Berlin')).toContain(
      'Sie können bis 1. Dezember 2026 um 15:30 GMT+5:30',
    );
    expect(mail({ zones: [null] }, 'Europe/Berlin')).toContain('um 11:00 MEZ');
    expect(mail({})).toContain('um 10:00 UTC');
  });

  it('collect several people, each with a name, an address and a button of their own', () => {
    const user = (firstName: string, changes: Partial<UserFacts> = {}) => ({ ...ada, firstName, ...changes });
    const { subject, text, html, key } = digestMail({
      entries: [
        { approval, user: ada, approver: 0, link: `${link}1` },
        {
          approval,
          user: user('Grace', { lastName: 'Hopper', email: 'grace@example.test', emailVerified: false }),
          approver: 0,
          link: `${link}2`,
        },
        { approval, user: user('https://evil.test'), approver: 0, link: `${link}3` },
      ],
      key: 'digest-1',
    });
    expect([subject, key]).toEqual(['3 people want to join Partner Portal', 'digest-1']);
    expect(text.match(/https?:\/\/\S+/g)).toEqual([`${link}1`, `${link}2`, `${link}3`]);
    expect(text).toMatch(/\* Ada Lovelace\n\n {2}Verified address: ada@example\.test\n/);
    expect(text).toMatch(/\* Grace Hopper\n\n {2}Stated address, not verified: grace@example\.test\n/);
    expect(html).not.toContain('evil.test');
  });

  it('name the application of each person, where a digest is about several', () => {
    const other = { ...approval, application: 'Shop' };
    const { subject, text } = digestMail({
      entries: [
        { approval, user: ada, approver: 0, link },
        { approval: other, user: ada, approver: 1, link },
      ],
      key: 'k',
    });
    expect(subject).toBe('2 people wait for your decision');
    expect(text).toContain('  Application: Partner Portal\n');
    expect(text).toContain('  Application: Shop\n');
  });

  it.each([
    ['approved', 'ben@acme.com approved this request on November 24, 2026'],
    ['rejected', 'ben@acme.com rejected this request on November 24, 2026'],
    ['expired', 'This request was not decided in time.'],
    ['withdrawn', 'The person withdrew this request'],
    ['obsolete', 'The account is gone'],
  ] as const)('tell that there is nothing left to decide, and who decided what: %s', (state, said) => {
    const decided = {
      ...approval,
      state,
      votes: [{ ...vote, reason: 'We know https://evil.test' }],
      decidedAt: registeredAt,
    };
    const { subject, text } = decidedMail({ approval: decided, user: ada, approver: 0 });
    expect(subject).toBe('Decided: ada@example.test wants to join Partner Portal');
    expect(text).toContain(said);
    expect(text).toContain('ben@acme.com wrote:\n  > We know https[:]//evil[.]test\n');
    expect(text).not.toMatch(/https?:\/\//);
    expect(isDecided(decided)).toBe(true);
    expect(isDecided(approval)).toBe(false);
  });

  it('tell it also of a person whose account is gone', () => {
    const decided = { ...approval, state: 'rejected', votes: [vote], decidedAt: registeredAt } as const;
    expect(decidedMail({ approval: decided, user: null, approver: 0 }).subject).toMatch(/^Decided: Somebody wants/);
  });

  it.each(languages)('leave no blank unfilled (%s)', (locale) => {
    const changes = { languages: [locale], handedOver: [{ from: 1, to: 0, at: 1 }], reason: 'why', votes: [vote] };
    for (const asking of ['ask', 'remind', 'escalate', 'handed-over', 'again'] as const) {
      const { subject, text, html } = asked(asking, changes);
      expect(`${subject}${text}${html}`).not.toMatch(/\{\w+\}/);
      expect(html).toContain(`<html lang="${locale}">`);
    }
  });
});
