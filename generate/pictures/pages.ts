import type { FastifyInstance } from 'fastify';
import type { Page } from 'playwright-core';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import type { Delegation } from '../../src/approvals/delegate.ts';
import { ask } from '../../src/approvals/open.ts';
import type { Trouble } from '../../src/approvals/trouble.ts';
import type { ApprovalView, Voting } from '../../src/approvals/voting.ts';
import type { Withdrawing } from '../../src/approvals/withdrawing.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { languages } from '../../src/platform/languages.ts';
import { createLog } from '../../src/platform/log.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { requestOf } from '../../test/fakes/approval-requests.ts';
import { noRetry } from '../../test/fakes/outcome-queue.ts';
import { context, registeredAt } from '../../test/fakes/registrations.ts';
import { shownNames } from '../../test/fakes/shown-names.ts';
import type { Sight } from './sheet.ts';

const minute = 60_000;
const you = 'ann@acme.com';
const zone = 'Europe/Berlin';

const ada: UserFacts = {
  username: 'ada',
  email: 'ada.lovelace@example.com',
  emailVerified: true,
  enabled: false,
  createdAt: registeredAt,
  firstName: 'Ada',
  lastName: 'Lovelace',
  locale: null,
  attributes: { company: ['Analytical Engines Ltd'], reason: ['I do the accounts of our orders.'] },
};

const asked = ask({
  context,
  request: requestOf({
    show: ['company'],
    reason: 'reason',
    approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
    rejected: [{ uses: 'delete-user', with: null, after: null }],
  }),
  approvers: [{ address: you, locale: null, zone }],
  now: registeredAt,
});
const others = ['bob@acme.com', 'carla@acme.com'];
const ofThree: Approval = { ...asked, need: 2, approvers: [you, ...others], zones: [zone, zone, zone] };

function voted(approver: string, verdict: Vote['verdict'] = 'approve', reason?: string): Vote {
  const at = registeredAt + 20 * minute;
  return { approver, verdict, at, ip: null, userAgent: null, ...(reason === undefined ? {} : { reason }) };
}

const approved: Approval = {
  ...asked,
  state: 'approved',
  settled: true,
  votes: [voted(you)],
  decidedAt: registeredAt + 20 * minute,
};
const missing: Trouble = {
  step: 'join-group',
  name: '/partners',
  code: 'GROUP_MISSING',
  since: registeredAt + 21 * minute,
  attempts: 3,
  givenUp: false,
};

/** The approval as the page meets it, and what keeps its outcome from being done. */
const states: Readonly<Record<string, { readonly approval: Approval; readonly trouble?: readonly Trouble[] }>> = {
  decide: { approval: asked },
  'decide-with-others': { approval: { ...ofThree, votes: [voted('bob@acme.com', 'approve', 'I know her.')] } },
  voted: { approval: { ...ofThree, votes: [voted(you)] } },
  approved: { approval: approved },
  retrying: { approval: { ...approved, settled: false }, trouble: [missing] },
  'given-up': { approval: { ...approved, settled: false }, trouble: [{ ...missing, givenUp: true }] },
  rejected: { approval: { ...approved, state: 'rejected', votes: [voted(you, 'reject')] } },
  late: {
    approval: { ...approved, approvers: [you, ...others], votes: [voted('bob@acme.com', 'reject')], state: 'rejected' },
  },
  expired: { approval: { ...approved, state: 'expired', votes: [] } },
  withdrawn: { approval: { ...approved, state: 'withdrawn', votes: [] } },
  'handed-over': {
    approval: { ...ofThree, retired: [0], handedOver: [{ from: 0, to: 1, at: registeredAt + 20 * minute }] },
  },
};

function viewOf(token: string): ApprovalView {
  const state = states[token];
  if (state === undefined) {
    throw new ServiceError('LINK_INVALID', 'this link is not valid');
  }
  const person = { kind: 'here', user: ada, stays: null, own: false, recent: { fromAddress: 3 } } as const;
  const { approval, trouble = [] } = state;
  return { approval, approver: you, zone, person, shown: '', nonce: '', recorded: true, trouble };
}

const voting: Voting = {
  view: async (token) => viewOf(token),
  decide: async () => ({ kind: 'late', view: viewOf('late') }),
};

const colleagues = [
  { userId: 'b', name: 'Bob Baker', address: 'bob@acme.com' },
  { userId: 'c', name: 'Carla Costa', address: 'carla@acme.com' },
];
const delegation: Delegation = {
  view: async () => ({ approval: asked, kind: 'choose', colleagues, nonce: '' }),
  choose: async () => ({ approval: asked, kind: 'confirm', colleague: { ...colleagues[0]! }, nonce: '' }),
  confirm: () => Promise.reject(new Error('no picture hands anything over')),
};

const withdrawing: Withdrawing = {
  view: async (token) => ({
    approval: token === 'done' ? { ...approved, state: 'withdrawn' } : asked,
    recorded: true,
    over: false,
    account: token === 'done' ? 'deleted' : 'unknown',
    zone,
    nonce: '',
  }),
  withdraw: () => Promise.reject(new Error('no picture withdraws anything')),
};

const openRejection = async (page: Page): Promise<void> => page.locator('details.rejection summary').click();
const approve = async (page: Page): Promise<void> => page.locator('button.approve').click();
const choose = async (page: Page): Promise<void> => {
  await page.locator('input[type=radio]').first().check();
  await page.locator('button').first().click();
};

/** The pages of approvers and of people who withdraw, served as the service serves them. */
export async function servePages(): Promise<{ readonly app: FastifyInstance; readonly sights: readonly Sight[] }> {
  const app = await buildApprovalsApp({
    voting,
    delegation,
    withdrawing,
    retry: noRetry,
    names: shownNames,
    log: createLog('fatal', process.stderr),
    now: () => registeredAt,
    trustedProxies: [],
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const sight = (name: string, path: string, before?: Sight['before']): Sight => ({
    name: `page-${name}`,
    by: Object.fromEntries(languages.map((language) => [language, { url: url + path }])),
    ...(before === undefined ? {} : { before }),
  });
  const sights = [
    ...Object.keys(states)
      .filter((name) => name !== 'late')
      .map((name) => sight(name, `/approvals/${name}`)),
    sight('reject', '/approvals/decide', openRejection),
    sight('late', '/approvals/decide', approve),
    sight('hand-over', '/approvals/decide/delegate'),
    sight('hand-over-sure', '/approvals/decide/delegate', choose),
    sight('withdraw', '/withdraw/open'),
    sight('withdraw-done', '/withdraw/done'),
    sight('no-such-link', '/approvals/no-such-link'),
  ];
  return { app, sights };
}
