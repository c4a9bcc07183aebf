import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import type { Trouble } from '../../src/approvals/trouble.ts';
import type { Voting, PersonView } from '../../src/approvals/voting.ts';
import { shownFields } from '../../src/approvals/shown.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { languages } from '../../src/platform/languages.ts';
import { createLog } from '../../src/platform/log.ts';
import { approvalRequestMail } from '../../src/messages/mail/approval-request.ts';
import { personMail } from '../../src/messages/mail/person.ts';
import type { Fate } from '../../src/rules/decide/fate.ts';
import { personMessages } from '../../src/rules/steps/notify-user.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { noRetry } from '../fakes/outcome-queue.ts';
import { shownNames } from '../fakes/shown-names.ts';
import { openBrowser, phone } from './support/browser.ts';
import { focusRing, hardToRead, overhang } from './support/legibility.ts';

/** The worst that people, and ops, have put into the fields. */
const hostile = {
  username: 'x'.repeat(200),
  email: '"Approve: https://evil.test"@evil.test',
  emailVerified: false,
  enabled: false,
  createdAt: 0,
  firstName: '<b>Approve: https://evil.test</b>',
  lastName: `\u202etset.live ${'W'.repeat(150)} \u05d0\u05d1\u05d2`,
  locale: null,
  attributes: {},
};
/** Most people: nothing about them is long. */
const ordinary = {
  ...hostile,
  username: 'ada',
  email: 'ada.lovelace@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
};
const application = 'Portal of the Donaudampfschifffahrtsgesellschaften <i>and friends</i>';
const waiting = ask({
  context: { ...context, application },
  request: requestOf({
    approved: [{ uses: 'join-group', with: { group: `/partners/${'deep/'.repeat(20)}` }, after: null }],
    rejected: [{ uses: 'delete-user', with: null, after: 2_592_000_000 }],
  }),
  approvers: ['ann@acme.com'],
  now: registeredAt,
});
const decided: Approval = { ...waiting, state: 'approved', decidedAt: registeredAt, settled: true };
const yes = { verdict: 'approve', at: registeredAt, ip: null, userAgent: null } as const;
const ofThree: Approval = {
  ...waiting,
  need: 2,
  approvers: ['ann@acme.com', `${'long'.repeat(30)}@acme.com`, 'slack:partners'],
  escalate: { at: registeredAt, to: [] },
  votes: [{ ...yes, approver: `${'long'.repeat(30)}@acme.com`, reason: `${'W'.repeat(490)} <b>x</b>` }],
};
const handedOver: Approval = { ...ofThree, retired: [0], handedOver: [{ from: 0, to: 1, at: registeredAt }] };
const shown: Readonly<Record<string, Approval>> = {
  waiting,
  ordinary: { ...waiting, application: 'Partner Portal', then: { ...waiting.then, approved: [] } },
  'of-three': ofThree,
  'of-three-decided': { ...ofThree, state: 'approved', decidedAt: registeredAt, settled: true },
  'handed-over': handedOver,
  withdrawn: { ...decided, state: 'withdrawn' },
  rejected: { ...decided, state: 'rejected', votes: [{ ...yes, verdict: 'reject', approver: 'ann@acme.com' }] },
  decided: {
    ...decided,
    votes: [{ ...yes, approver: `${'long'.repeat(30)}@acme.com` }],
  },
  expired: { ...decided, state: 'expired' },
  'stays-disabled': { ...decided, votes: [{ ...yes, approver: 'ann@acme.com' }], staysDisabled: 'administrator' },
  voted: { ...waiting, need: 2, votes: [{ ...yes, approver: 'ann@acme.com' }] },
  'voted-while-away': { ...waiting, need: 2, votes: [{ ...yes, approver: 'ann@acme.com' }] },
  recording: { ...decided, settled: false, votes: [{ ...yes, approver: 'ann@acme.com' }] },
  retrying: { ...decided, settled: false, votes: [{ ...yes, approver: 'ann@acme.com' }] },
  'given-up': { ...decided, settled: false, votes: [{ ...yes, approver: 'ann@acme.com' }] },
  'asked-again': { ...waiting, reopenedAt: registeredAt },
  own: waiting,
  'disabled-by-another': waiting,
  gone: waiting,
};
const setback = { since: registeredAt, attempts: 14 };
const deep = `/partners/${'deep/'.repeat(20)}`;
const troubled: Readonly<Record<string, readonly Trouble[]>> = {
  retrying: [
    { ...setback, step: 'join-group', name: deep, code: 'GROUP_MISSING', givenUp: false },
    { ...setback, step: 'grant-role', name: 'member', code: 'KEYCLOAK_FORBIDDEN', givenUp: false },
  ],
  'given-up': [{ ...setback, step: 'set-user-attribute', name: deep, code: 'KEYCLOAK_REFUSED', givenUp: true }],
};
const here: PersonView = { kind: 'here', user: hostile, stays: null, own: false };
const seen: Readonly<Record<string, PersonView>> = {
  ordinary: { ...here, user: ordinary },
  'of-three-decided': { kind: 'unread' },
  'handed-over': { kind: 'unread' },
  withdrawn: { kind: 'unread' },
  rejected: { kind: 'unread' },
  decided: { kind: 'unread' },
  expired: { kind: 'unread' },
  recording: { kind: 'unread' },
  retrying: { kind: 'unread' },
  'given-up': { kind: 'unread' },
  'stays-disabled': { kind: 'unread' },
  'voted-while-away': { kind: 'unread' },
  own: { ...here, own: true },
  'disabled-by-another': { ...here, stays: 'administrator' },
  gone: { kind: 'gone' },
};
const voting: Voting = {
  view: async (token) => {
    const approval = shown[token];
    if (approval === undefined) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const person = seen[token] ?? here;
    const recorded = token !== 'recording';
    return {
      approval,
      approver: 'ann@acme.com',
      zone: 'UTC',
      person,
      shown: 'shown',
      nonce: 'nonce',
      recorded,
      trouble: troubled[token] ?? [],
    };
  },
  decide: async (token) => {
    const view = await voting.view(token);
    return token === 'waiting' ? { kind: 'changed', view, fields: shownFields } : { kind: 'late', view };
  },
};

const fates: readonly Fate[] = [
  { closed: true, deleted: 'now' },
  { closed: true, deleted: registeredAt },
];

let app: FastifyInstance;
let url: string;
let browser: Browser;

beforeAll(async () => {
  app = await buildApprovalsApp({
    voting,
    retry: noRetry,
    names: shownNames,
    log: createLog('fatal', process.stderr),
    now: () => registeredAt,
    trustedProxies: [],
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** On the smallest phone, light and dark. */
async function onPhones(locale: string, look: (page: Page) => Promise<void>): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ ...phone, colorScheme, locale });
    await look(await context.newPage());
    await context.close();
  }
}

/** For people to look at, where `PICTURES` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env['PICTURES'];
  if (dir !== undefined) {
    const dark = await page.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`);
    await page.screenshot({ path: `${dir}/${name}${dark === true ? '-dark' : ''}.png`, fullPage: true });
  }
}

async function expectLegible(page: Page): Promise<void> {
  expect(await hardToRead(page)).toEqual([]);
  expect(await overhang(page)).toBe(0);
}

describe('src/http/pages', () => {
  it.each(languages)(
    'can be read on the smallest phone, by day and by night, whatever stands in the fields (%s)',
    async (locale) => {
      await onPhones(locale, async (page) => {
        for (const path of [...Object.keys(shown), 'no-such-link', '%']) {
          await page.goto(`${url}/approvals/${path}`);
          await expectLegible(page);
          await picture(page, `${locale}-${path}`);
          for (const closed of await page.locator('summary').all()) {
            await closed.click();
            await expectLegible(page);
          }
          expect(await page.locator('html').getAttribute('lang')).toBe(locale);
          expect(await page.title()).not.toBe('');
        }
      });
    },
    60_000,
  );

  it.each(languages)(
    'can be read also when a press was not counted (%s)',
    async (locale) => {
      await onPhones(locale, async (page) => {
        for (const path of ['waiting', 'disabled-by-another']) {
          await page.goto(`${url}/approvals/${path}`);
          await page.getByRole('button').first().click();
          await page.getByRole('alert').first().waitFor();
          await expectLegible(page);
          await picture(page, `${locale}-pressed-${path}`);
        }
      });
    },
    60_000,
  );

  it('shows what a person typed as text: no link, no markup, no turned letters, and only our own buttons', async () => {
    await onPhones('en', async (page) => {
      await page.goto(`${url}/approvals/waiting`);
      expect(await page.locator('a, b, i, img, script').count()).toBe(0);
      expect(await page.getByRole('button').allInnerTexts()).toEqual(['Approve']);
      await page.locator('summary').first().click();
      const [approve, reject] = await page.getByRole('button').allInnerTexts();
      expect([approve, reject?.slice(0, 31)]).toEqual(['Approve', 'Reject <b>Approve: https://evil']);
      expect(await page.getByRole('main').innerText()).toContain('<b>Approve: https://evil.test</b> tset.live WWW');
    });
  });

  it.each(languages)('has both choices on the first screen of the smallest phone (%s)', async (locale) => {
    await onPhones(locale, async (page) => {
      await page.goto(`${url}/approvals/ordinary`);
      for (const choice of ['button.approve', '.rejection > summary']) {
        const place = await page.locator(choice).boundingBox();
        expect((place?.y ?? 0) + (place?.height ?? 1_000)).toBeLessThanOrEqual(phone.viewport.height);
      }
    });
  });

  it('shows where the keyboard is, at each of its stops', async () => {
    await onPhones('en', async (page) => {
      await page.goto(`${url}/approvals/ordinary`);
      const stops: string[] = [];
      for (const key of ['', 'Enter', '', '', '', 'Enter', '']) {
        await page.keyboard.press('Tab');
        stops.push(
          (await page.locator(':focus').innerText()) || (await page.locator(':focus').getAttribute('name')) || '',
        );
        expect(await focusRing(page)).toBeGreaterThanOrEqual(2);
        if (key !== '') {
          await page.keyboard.press(key);
        }
      }
      expect(stops).toEqual([
        'Approve',
        'Reject …',
        'reason',
        'tell-reason',
        'Reject Ada Lovelace',
        'Add a reason',
        'reason',
      ]);
    });
  });

  it('has a label on all that can be filled in, and tells screen readers what a button leads to', async () => {
    await onPhones('en', async (page) => {
      await page.goto(`${url}/approvals/ordinary`);
      for (const summary of ['.rejection > summary', '.why > summary']) {
        await page.locator(summary).click();
      }
      const labelled = [
        page.getByRole('textbox', { name: 'Why you reject (optional)', exact: true }),
        page.getByRole('textbox', { name: 'Why you approve (optional)', exact: true }),
        page.getByRole('checkbox', { name: 'Tell Ada Lovelace this reason', exact: true }),
        page.getByRole('button', { name: 'Approve', exact: true, description: /^Ada Lovelace can log in/ }),
        page.getByRole('button', { name: 'Reject Ada Lovelace', exact: true }),
      ];
      expect(await Promise.all(labelled.map((field) => field.count()))).toEqual([1, 1, 1, 1, 1]);
    });
  });
});

describe('src/messages/mail/messages', () => {
  it('can be read on the smallest phone, by day and by night, whatever stands in the fields', async () => {
    const mails = [
      approvalRequestMail({
        approval: waiting,
        user: hostile,
        approver: 0,
        link: `${url}/approvals/x`,
        reminder: true,
      }),
      ...languages.flatMap((locale) =>
        [...personMessages, 'verify', 'pending-open'].flatMap((message) =>
          fates.map((fate) =>
            personMail({
              kind: 'person',
              key: 'k',
              to: { address: 'mia@example.test', locale },
              message,
              application,
              fate,
            }),
          ),
        ),
      ),
    ];
    await onPhones('en', async (page) => {
      for (const { html } of mails) {
        await page.setContent(html);
        await expectLegible(page);
      }
    });
  }, 60_000);
});
