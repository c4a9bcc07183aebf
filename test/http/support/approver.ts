import { Writable } from 'node:stream';

import type { Approval } from '../../../src/approvals/approval.ts';
import { ask } from '../../../src/approvals/open.ts';
import type { RetryByLink } from '../../../src/approvals/retry.ts';
import type { Trouble } from '../../../src/approvals/trouble.ts';
import { reasonOf } from '../../../src/approvals/reason.ts';
import type { ShownField } from '../../../src/approvals/shown.ts';
import { vote } from '../../../src/approvals/transitions.ts';
import type { ApprovalView, PersonView, Voting } from '../../../src/approvals/voting.ts';
import { buildApprovalsApp } from '../../../src/http/approvals.ts';
import type { UserFacts } from '../../../src/ingest/user.ts';
import { ServiceError } from '../../../src/platform/errors.ts';
import { createLog } from '../../../src/platform/log.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { context, registeredAt } from '../../fakes/registrations.ts';
import { shownNames } from '../../fakes/shown-names.ts';

export const token = `k.${'t'.repeat(74)}`;
export const url = `/approvals/${token}`;
export const form = 'application/x-www-form-urlencoded';
export const mia: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: false,
  createdAt: 0,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};

export type Press = Awaited<ReturnType<typeof setup>>['press'];

/** The pages for approvers before one approval, which Ann and Bob are asked about. */
export async function setup({
  user = mia,
  view: seen = {},
  after = (asked) => asked,
  changed = [],
  failing,
  recorded = true,
  trouble = [],
  zone = 'UTC',
  badLinksPerMinute = 5,
}: {
  user?: UserFacts | null;
  view?: Partial<Extract<PersonView, { kind: 'here' }>> | { kind: 'unread' };
  /** What became of the approval before the page is opened. */
  after?: (asked: Approval) => Approval;
  /** What is not as the page showed it. */
  changed?: readonly ShownField[];
  failing?: Error;
  /** Whether Kafka has the approval as it is. */
  recorded?: boolean;
  trouble?: readonly Trouble[];
  zone?: string;
  badLinksPerMinute?: number;
} = {}) {
  const request = requestOf({
    approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
    rejected: [{ uses: 'delete-user', with: null, after: null }],
  });
  let approval = after(ask({ context, request, approvers: ['ann@acme.com', 'bob@acme.com'], now: registeredAt }));
  const decisions: string[] = [];
  const retried: string[] = [];
  const view = (given: string): ApprovalView => {
    if (failing !== undefined) {
      throw failing;
    }
    if (given !== token) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const person: PersonView =
      approval.state !== 'waiting' || seen.kind === 'unread'
        ? { kind: 'unread' }
        : user === null
          ? { kind: 'gone' }
          : { kind: 'here', user, stays: null, own: false, ...seen };
    const approver = 'ann@acme.com';
    return { approval, approver, zone, person, shown: 'as-shown', nonce: 'the-nonce', recorded, trouble };
  };
  const voting: Voting = {
    view: async (given) => view(given),
    decide: async (given, { shown, nonce, reason, tellReason, ...press }) => {
      if (shown !== 'as-shown' || nonce !== 'the-nonce') {
        throw new ServiceError('FORM_INVALID', 'this does not come from the page');
      }
      if (changed.length > 0) {
        return { kind: 'changed', view: view(given), fields: changed };
      }
      const why = reasonOf(press.verdict, reason, tellReason);
      const counted = vote(approval, { approver: 'ann@acme.com', at: registeredAt + 1, ...press, ...why });
      if ('refused' in counted) {
        return { kind: 'late', view: view(given) };
      }
      decisions.push(`${press.verdict} ${press.ip}`);
      approval = counted.next;
      return { kind: 'counted', approval, recorded };
    },
  };
  const retry: RetryByLink = async (given, nonce) => {
    if (nonce !== 'the-nonce') {
      throw new ServiceError('FORM_INVALID', 'this does not come from the page');
    }
    retried.push(given);
    return approval;
  };
  const logged: string[] = [];
  const log = createLog(
    'debug',
    new Writable({ write: (chunk: Buffer, _encoding, done) => (logged.push(String(chunk)), done()) }),
  );
  const app = await buildApprovalsApp({
    voting,
    retry,
    names: shownNames,
    log,
    now: () => registeredAt,
    trustedProxies: [],
    badLinksPerMinute,
  });
  const press = (
    decision: string,
    nonce = 'the-nonce',
    headers: Record<string, string> = {},
    typed: Record<string, string> = {},
  ) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': form, ...headers },
      payload: new URLSearchParams({ decision, shown: 'as-shown', nonce, ...typed }).toString(),
    });
  return { app, decisions, logged, press, retried, approval: () => approval };
}
