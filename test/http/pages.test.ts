import { describe, expect, it } from '@jest/globals';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { expire, settle, vote } from '../../src/approvals/transitions.ts';
import { languages } from '../../src/platform/languages.ts';
import { registeredAt } from '../fakes/registrations.ts';
import { mia, setup, url } from './support/approver.ts';

const noon = registeredAt + 60_000;

const voted =
  (approver: string, verdict: 'approve' | 'reject', more: Partial<Vote> = {}) =>
  (asked: Approval): Approval => {
    const counted = vote(asked, { approver, verdict, at: noon, ip: null, userAgent: null, ...more });
    if ('refused' in counted) {
      throw new Error(counted.refused);
    }
    return counted.next;
  };

const needTwo = (asked: Approval): Approval => ({
  ...asked,
  approvers: [...asked.approvers, 'slack:partners'],
  need: 2,
});

/** What a reader reads: the text between the tags. */
function readable(body: string): string {
  return body
    .slice(body.indexOf('<h1>'))
    .replaceAll(/<\/?(bdi|span|strong)>/g, '')
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll('\u202f', ' ') // as times have it
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
}

const headingOf = (body: string) => readable(/<h1>.*?<\/h1>/s.exec(body)?.[0] ?? '');
const titleOf = (body: string) => /<title>(.*?)<\/title>/s.exec(body)?.[1];
const text = async (given: Parameters<typeof setup>[0]) =>
  readable((await (await setup(given)).app.inject({ url })).body);

describe('the page that asks', () => {
  it('names the person and the application at the top, and what is to be done in the title', async () => {
    const { body } = await (await setup()).app.inject({ url });
    expect(headingOf(body)).toBe('Mia Meyer wants to join Partner Portal');
    expect(titleOf(body)).toBe('Please decide: Mia Meyer, Partner Portal');
  });

  it.each([
    ['by user name where no name is given', { firstName: null, lastName: null }, 'mia wants to join Partner Portal'],
    ['by user name where nothing of the name can be seen', { firstName: '\u200b', lastName: '\u2060' }, 'mia wants'],
    ['in one line of 60 characters', { firstName: 'x'.repeat(100) }, `${'x'.repeat(60)}… wants to join`],
    ['as text, whatever it is', { firstName: '<b>\u202e', lastName: 'x\n\ny' }, '<b> x y wants to join Partner'],
  ])('names the person %s', async (_, changes, heading) => {
    const { body } = await (await setup({ user: { ...mia, ...changes } })).app.inject({ url });
    expect(headingOf(body)).toContain(heading);
  });

  it('shows name and address apart from each other, and says whether the address is verified', async () => {
    expect(await text({})).toContain('Name\nMia Meyer\nStated address, not verified\nmia@example.test\n');
    expect(await text({ user: { ...mia, emailVerified: true } })).toContain('Verified address\nmia@example.test\n');
  });

  it('has both choices before the facts, and warnings before the choices', async () => {
    const read = await text({ user: { ...mia, username: 'mіa' }, view: { stays: 'not-ours' } });
    const order = [
      'Look closely',
      'This account is disabled',
      'Approve',
      'Reject …',
      'About this request',
      'Who decides',
    ];
    const places = order.map((part) => read.indexOf(part));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(Math.max(...places.slice(0, 2))).toBeLessThan(places[2] ?? 0);
    expect(places.slice(2)).toEqual(places.slice(2).toSorted((one, other) => one - other));
  });

  it('rejects only by a button inside what has to be opened first, which says what follows', async () => {
    const { body } = await (await setup()).app.inject({ url });
    const [rejection = ''] = /<details class="rejection"[^>]*>.*?<\/details>/s.exec(body) ?? [];
    expect(rejection).not.toMatch(/<details[^>]* open/);
    expect(readable(`<h1>${rejection}`)).toBe(
      [
        'Reject …',
        'If you reject',
        'the account is deleted at once, and nobody can bring it back',
        'Mia Meyer is told by mail',
        'Why you reject (optional)',
        'The reason is recorded, and others who are asked can read it.',
        'Tell Mia Meyer this reason',
        'Reject Mia Meyer',
      ].join('\n'),
    );
    expect(body.replace(rejection, '')).not.toContain('value="reject"');
    expect(rejection).not.toContain('checked');
  });

  it('tells times in the zone of the approver', async () => {
    expect(await text({ zone: 'Europe/Berlin' })).toMatch(/Registered\nNovember 24, 2026 at 11:00 AM GMT\+1/);
    expect(await text({})).toMatch(/Registered\nNovember 24, 2026 at 10:00 AM UTC/);
  });

  it('shows the reason for joining and what the rule shows', async () => {
    const after = (asked: Approval): Approval => ({ ...asked, show: ['company_name'], reason: 'why' });
    const attributes = { company_name: ['ACME'], why: ['To <b>sell</b>\nmore'] };
    const read = await text({ after, user: { ...mia, attributes } });
    expect(read).toContain('Reason for joining\nTo <b>sell</b> more\ncompany_name\nACME\n');
  });

  it('lets nobody decide about themselves', async () => {
    const { body } = await (await setup({ view: { own: true } })).app.inject({ url });
    expect(body).toContain('This is your own request.');
    expect(titleOf(body)).toBe('Your own request: Mia Meyer, Partner Portal');
    expect(body).not.toContain('<button');
  });

  it('says why it asks again', async () => {
    const after = (asked: Approval): Approval => ({ ...asked, reopenedAt: registeredAt });
    const { body } = await (await setup({ after })).app.inject({ url });
    expect(body).toContain('That vote no longer counts');
    expect(body).toContain('<button');
  });

  it.each([
    ['administrator', 'an administrator disabled this account'],
    ['not-ours', 'not by this service'],
    ['rule', 'no step that enables it'],
  ] as const)('says beforehand that an account will stay disabled (%s), and promises nothing', async (stays, words) => {
    const { body } = await (await setup({ view: { stays } })).app.inject({ url });
    expect(body).toContain(words);
    expect(body).toContain('joins the group /partners');
    expect(body).not.toContain('can log in');
    expect(/If you approve.*?<\/ul>/s.exec(body)?.[0]).not.toContain('told by mail');
  });
});

describe('who decides', () => {
  it('is not said to an approver who decides alone', async () => {
    expect(await text({ after: (asked) => ({ ...asked, approvers: ['ann@acme.com'] }) })).not.toContain('Who decides');
  });

  it('says who has agreed, who is still asked and why, where several must agree', async () => {
    const after = (asked: Approval) =>
      voted('bob@acme.com', 'approve', { reason: 'I know <b>her</b>' })(needTwo(asked));
    expect((await text({ after })).split('Who decides\n')[1]).toBe(
      [
        'Approvals needed: 2, so far: 1. One rejection decides.',
        'ann@acme.com (you)',
        'has not answered yet',
        'bob@acme.com',
        'approved on November 24, 2026 at 10:01 AM UTC',
        'Reason: I know <b>her</b>',
        'Slack channel partners',
        'has not answered yet',
      ].join('\n'),
    );
  });

  it('says when more people are asked, who left and who handed over', async () => {
    const after = (asked: Approval): Approval => ({
      ...needTwo(asked),
      approvers: ['ann@acme.com', 'bob@acme.com', 'cem@acme.com', 'teams:desk'],
      retired: [1, 2],
      handedOver: [{ from: 1, to: 3, at: noon }],
      escalate: { at: noon, to: [] },
    });
    const read = await text({ after });
    expect(read).toMatch(/bob@acme\.com\nhanded this request over to Teams channel desk on November 24, 2026/);
    expect(read).toContain('cem@acme.com\nis not asked any more\n');
    expect(read).toMatch(/If nobody has decided by November 24, 2026 at 10:01 AM UTC, more people are asked\.$/);
  });

  it('tells an approver who is not asked any more who is, and shows nothing of the person', async () => {
    const after = (asked: Approval): Approval => ({ ...asked, retired: [0] });
    const { body } = await (await setup({ after, view: { kind: 'unread' } })).app.inject({ url });
    expect(readable(body)).toContain('You are not asked about this request any more. Others decide.');
    expect(readable(body)).toContain('bob@acme.com\nhas not answered yet');
    expect(titleOf(body)).toBe('You are not asked any more: Partner Portal');
    expect(body).not.toMatch(/mia|Mia|Meyer|192\.0\.2\.7|<button/);
  });

  it('tells an approver who handed it over to whom', async () => {
    const after = (asked: Approval): Approval => ({
      ...asked,
      retired: [0],
      handedOver: [{ from: 0, to: 1, at: noon }],
    });
    const read = await text({ after, view: { kind: 'unread' } });
    expect(read).toMatch(/You handed this request over to bob@acme\.com on November 24, 2026 at 10:01 AM UTC/);
  });
});

describe('the page after', () => {
  it.each<[string, (asked: Approval) => Approval, string, string]>([
    ['approved', (asked) => settle(voted('bob@acme.com', 'approve')(asked)), 'Approved', 'Approved by bob@acme.com'],
    ['rejected', voted('bob@acme.com', 'reject'), 'Rejected', 'Rejected by bob@acme.com'],
    ['expired', (asked) => expire(asked, noon), 'Not decided in time', 'This request was not decided in time'],
    ['withdrawn', (asked) => ({ ...asked, state: 'withdrawn' }), 'Withdrawn', 'The person withdrew this request'],
    ['obsolete', (asked) => ({ ...asked, state: 'obsolete' }), 'Account gone', 'The account is gone'],
  ])('shows the outcome and nothing of the person (%s)', async (_, after, title, outcome) => {
    const { body } = await (await setup({ after })).app.inject({ url });
    expect(titleOf(body)).toBe(`${title}: Partner Portal`);
    expect(headingOf(body)).toBe('Request to join Partner Portal');
    expect(body).toContain(outcome);
    expect(body).not.toMatch(/mia|Mia|Meyer|192\.0\.2\.7|<button/);
  });

  it.each<[string, (asked: Approval) => Approval, string]>([
    [
      'approved',
      (asked) => settle(voted('ann@acme.com', 'approve')(asked)),
      'Done:\nthe person can log in\nthe person joined the group /partners\na mail to the person is on its way\n',
    ],
    [
      'rejected',
      (asked) => settle(voted('ann@acme.com', 'reject')(asked)),
      'Done:\nthe account is deleted\na mail to the person is on its way\n',
    ],
    [
      'not decided, with a step that is still to come',
      (asked) => {
        const expired = [{ uses: 'delete-user', with: null, after: 86_400_000 } as const];
        return settle(expire({ ...asked, then: { ...asked.then, expired } }, noon));
      },
      'on November 25, 2026 at 10:01 AM UTC: the account is deleted\n',
    ],
  ])('says what was done (%s)', async (_, after, done) => {
    expect(await text({ after })).toContain(done);
  });

  it('names all whose votes made the outcome', async () => {
    const after = (asked: Approval) =>
      voted('ann@acme.com', 'approve')(voted('bob@acme.com', 'approve')(needTwo(asked)));
    const read = await text({ after });
    expect(read).toContain('Approved by bob@acme.com and you on November 24, 2026');
    expect(read).toContain('Slack channel partners\ndid not answer\n');
  });

  it.each([
    ['en', 'This account is protected', 'deleted\n'],
    ['de', 'Dieses Konto ist geschützt', 'das Konto ist gelöscht'],
    ['fr', 'Ce compte est protégé', 'compte supprimé'],
  ])('claims no step that was left out of a protected person (%s)', async (language, says, never) => {
    const after = (asked: Approval) => settle(voted('ann@acme.com', 'reject')(asked), { leftOut: [0] });
    const { app } = await setup({ after });
    const read = readable((await app.inject({ url, headers: { 'accept-language': language } })).body);
    expect(read).toContain(says);
    expect(read).not.toContain(never);
  });

  it('says that an account stays disabled', async () => {
    const after = (asked: Approval) =>
      settle(voted('ann@acme.com', 'approve')(asked), { staysDisabled: 'administrator' });
    const read = await text({ after });
    expect(read).toContain('Approved by you');
    expect(read).toContain('The account stays disabled: besides this service, an administrator disabled it.');
    expect(read).not.toMatch(/can log in|a mail to/);
  });

  it('shows a vote that waits for others also while Keycloak is away', async () => {
    const after = (asked: Approval) => voted('ann@acme.com', 'approve')(needTwo(asked));
    const { body } = await (await setup({ after, view: { kind: 'unread' } })).app.inject({ url });
    expect(body).toContain('You voted “Approve” on');
    expect(body).toContain('Keycloak does not answer');
    expect(titleOf(body)).toBe('Waiting for others: Partner Portal');
    expect(body).not.toMatch(/mia|<button/);
  });

  it('says that a vote is received and not recorded yet, and claims no outcome', async () => {
    const { app, press } = await setup({ recorded: false });
    const { statusCode, headers: sent } = await press('approve');
    expect([statusCode, sent['location']]).toEqual([303, url]);
    const { body } = await app.inject({ url });
    expect(body).toContain('Your vote “Approve” of');
    expect(body).toContain('is received and is being recorded');
    expect(body).toContain('Reload the page');
    expect(titleOf(body)).toBe('Being recorded: Partner Portal');
    expect(body).not.toMatch(/Approved by|<button|<script/);
  });

  it.each([
    ['en', 'is received and is being recorded'],
    ['de', 'ist angekommen und wird gerade gespeichert'],
    ['fr', 'reçue et en cours d’enregistrement'],
  ])('says in %s that the decision of another is not recorded yet', async (language, words) => {
    const { app } = await setup({ after: voted('bob@acme.com', 'reject'), recorded: false });
    const { body } = await app.inject({ url, headers: { 'accept-language': language } });
    expect(body).toContain(words);
    expect(body).not.toContain('bob@acme.com');
  });
});

describe('a press that is not counted', () => {
  it.each<[string, (asked: Approval) => Approval, string]>([
    [
      'their own vote',
      (asked) => voted('ann@acme.com', 'approve')(needTwo(asked)),
      'You pressed “Reject” just now. Your vote “Approve” of November 24, 2026 at 10:01 AM UTC counts. This press changed nothing.',
    ],
    [
      'the vote of another',
      voted('bob@acme.com', 'approve'),
      'You pressed “Reject” just now, but bob@acme.com had approved already, on November 24, 2026 at 10:01 AM UTC. That counts. Your press changed nothing.',
    ],
    [
      'the same vote of another',
      voted('bob@acme.com', 'reject'),
      'You pressed “Reject” just now, but bob@acme.com had rejected already, on November 24, 2026',
    ],
    ['the end of the time', (asked) => expire(asked, noon), 'but the time to decide was over. Your press changed'],
    ['a withdrawal', (asked) => ({ ...asked, state: 'withdrawn' }), 'but the person had withdrawn the request.'],
    ['the end of the account', (asked) => ({ ...asked, state: 'obsolete' }), 'but the account was gone.'],
  ])('says what counts, who decided and when: after %s', async (_, after, words) => {
    const { press, decisions } = await setup({ after });
    const { statusCode, body } = await press('reject');
    expect([statusCode, decisions]).toEqual([409, []]);
    expect(readable(body)).toContain(words);
    expect(body).toContain('role="alert"');
    expect(titleOf(body)).toMatch(/^Vote not counted: .*Partner Portal$/);
  });

  it('claims nothing of a decision that is not recorded yet', async () => {
    const { press } = await setup({ after: voted('bob@acme.com', 'approve'), recorded: false });
    const { body } = await press('reject');
    expect(body).toContain('Another decision was received before. Your press changed nothing.');
    expect(body).not.toContain('bob@acme.com');
  });

  it('says what changed of the person since the page was opened, and keeps what the approver typed', async () => {
    const { press, decisions } = await setup({ changed: ['email', 'name'] });
    const typed = { reason: '</textarea><b>Not one of ours', 'tell-reason': 'yes' };
    const { statusCode, body } = await press('reject', 'the-nonce', {}, typed);
    expect([statusCode, decisions]).toEqual([409, []]);
    expect(body).toContain('has changed: e-mail and name');
    const [rejection = ''] = /<details class="rejection" open>.*?<\/details>/s.exec(body) ?? [];
    expect(rejection).toContain('&#60;/textarea&#62;&#60;b&#62;Not one of ours</textarea>');
    expect(rejection).toContain('value="yes" checked');
    expect(body.split('Not one of ours')).toHaveLength(2);
  });
});

describe.each(languages)('the pages in %s', (language) => {
  it('fill in every name: no placeholder is left', async () => {
    const states: ((asked: Approval) => Approval)[] = [
      (asked) => asked,
      (asked) => voted('bob@acme.com', 'approve', { reason: 'why' })(needTwo(asked)),
      (asked) => settle(voted('bob@acme.com', 'approve')(asked)),
      (asked) => settle(voted('bob@acme.com', 'reject')(asked)),
      (asked) => settle(expire(asked, noon)),
      (asked) => ({ ...asked, retired: [0], handedOver: [{ from: 0, to: 1, at: noon }] }),
    ];
    for (const after of states) {
      const { app, press } = await setup({ after });
      const headers = { 'accept-language': language };
      for (const { body } of [await app.inject({ url, headers }), await press('reject', 'the-nonce', headers)]) {
        expect(body).not.toMatch(/\{\w+\}|undefined|null/);
      }
    }
  });
});
