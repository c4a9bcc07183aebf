import { describe, expect, it } from '@jest/globals';

import type { ApprovalRequest, Step } from '../../../src/rules/model.ts';
import { stepInWords, stepOnOneLine } from '../../../src/rules/try/step-in-words.ts';

const day = 86_400_000;
const request: ApprovalRequest = {
  approvers: [{ email: 'desk@acme.com' }, { group: '/desk' }, { role: 'approver' }],
  need: 2,
  hold: 'gate',
  waitFor: 'email-verified',
  remindAfter: 2 * day,
  expireAfter: 7 * day,
  approved: [
    { uses: 'join-group', with: { group: '/partners' }, after: null },
    { uses: 'notify-user', with: { message: 'welcome' }, after: null },
  ],
  rejected: [{ uses: 'delete-user', with: null, after: 30 * day }],
  expired: [],
};
const asking = (changes: Partial<ApprovalRequest> = {}, after: number | null = null): Step => ({
  uses: 'request-approval',
  with: { ...request, ...changes },
  after,
});

describe('src/rules/try/step-in-words', () => {
  it.each<[Step, string]>([
    [{ uses: 'disable-user', with: null, after: null }, 'disable-user'],
    [{ uses: 'delete-user', with: null, after: 30 * day }, 'delete-user after 30 days'],
    [{ uses: 'join-group', with: { group: '/a' }, after: null }, 'join-group /a'],
    [{ uses: 'grant-role', with: { role: 'member' }, after: null }, 'grant-role member'],
    [
      { uses: 'grant-role', with: { client: 'shop', role: 'member' }, after: day },
      'grant-role member of client shop after 1 day',
    ],
    [
      { uses: 'set-user-attribute', with: { name: 'a', values: ['b', 'c'] }, after: null },
      'set-user-attribute name: a, values: b, c',
    ],
    [{ uses: 'notify', with: { to: ['a@b.c', 'd@e.f'], subject: null }, after: null }, 'notify a@b.c, d@e.f'],
    [{ uses: 'notify', with: { to: ['a@b.c'], subject: 'New' }, after: null }, 'notify to: a@b.c, subject: New'],
  ])('says on one line what a step does: %j', (step, words) => {
    expect(stepInWords(step)).toEqual({ headline: words, details: [] });
    expect(stepOnOneLine(step)).toBe(words);
  });

  it('says of an approval who is asked, what holds the person, and what follows', () => {
    expect(stepInWords(asking({}, day))).toEqual({
      headline: 'request-approval after 1 day',
      details: [
        'asks desk@acme.com, the members of /desk, the holders of role approver: 2 must agree',
        'asks only when the e-mail address is verified',
        'the gate holds the person until then',
        'reminds after 2 days',
        'expires after 7 days',
        'approved: join-group /partners, notify-user welcome',
        'rejected: delete-user after 30 days',
        'expired: no steps',
      ],
    });
  });

  it('says who is asked later, and what people are told', () => {
    const day2 = 2 * day;
    const changes: Partial<ApprovalRequest> = {
      approvers: [
        { client: 'portal', role: 'approver' },
        { chat: 'slack', channel: 'desk' },
      ],
      remindAfter: day,
      remindAgain: [day2, 3 * day],
      escalate: { after: day2, to: [{ group: '/leads' }, { email: 'boss@acme.com' }] },
      delegate: '/desk',
      digest: 900_000,
      reason: 'why',
      usuallyWithin: day,
      tellOthers: true,
    };
    expect(stepInWords(asking(changes)).details).toEqual([
      'asks the holders of role portal/approver, the slack channel desk: 2 must agree',
      'asks only when the e-mail address is verified',
      'the gate holds the person until then',
      'reminds after 1 day, 2 days and 3 days',
      'asks also the members of /leads, boss@acme.com after 2 days',
      'may be handed over to a member of /desk',
      'collects questions for 15 minutes',
      'expires after 7 days',
      'shows them the reason in why',
      'tells the person: usually within 1 day',
      'tells the others that it is decided',
      expect.stringContaining('approved: '),
      expect.stringContaining('rejected: '),
      expect.stringContaining('expired: '),
    ]);
  });

  it.each<[Partial<ApprovalRequest>, string]>([
    [{ need: 1, hold: 'account' }, 'one must agree; the account stays disabled until then'],
    [{ need: 'all', hold: 'none' }, 'all of them must agree; the person is in meanwhile'],
  ])('leaves out what an approval does not have: %j', (changes, words) => {
    const approvers = [{ email: 'desk@acme.com' }];
    const step = asking({ ...changes, approvers, waitFor: null, remindAfter: null, approved: [], rejected: [] });
    expect(stepOnOneLine(step)).toBe(
      `request-approval (asks desk@acme.com: ${words}; expires after 7 days; ` +
        'approved: no steps; rejected: no steps; expired: no steps)',
    );
  });
});
