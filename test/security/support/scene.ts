import type { AddressInfo } from 'node:net';

import type { Approval } from '../../../src/approvals/approval.ts';
import { createDelegation } from '../../../src/approvals/delegate.ts';
import { type LinkKey, Links } from '../../../src/approvals/links.ts';
import { ask } from '../../../src/approvals/open.ts';
import { Shown } from '../../../src/approvals/shown.ts';
import { createRetryByLink } from '../../../src/approvals/retry.ts';
import { createVoting } from '../../../src/approvals/voting.ts';
import { WithdrawalLinks } from '../../../src/approvals/withdrawal-link.ts';
import { createWithdrawing } from '../../../src/approvals/withdrawing.ts';
import { type ApprovalsAppDeps, buildApprovalsApp } from '../../../src/http/approvals.ts';
import { ShownNames } from '../../../src/http/shown-names.ts';
import type { UserRef } from '../../../src/ingest/registration.ts';
import { createLog } from '../../../src/platform/log.ts';
import type { ApprovalRequest } from '../../../src/rules/model.ts';
import { FakeAccounts, type FakeUser } from '../../fakes/accounts.ts';
import { FakeAdminEvents } from '../../fakes/admin-events.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { FakeApprovals } from '../../fakes/approvals.ts';
import { FakeAudit } from '../../fakes/audit.ts';
import { FakeDirectory } from '../../fakes/directory.ts';
import { context, mia, registeredAt } from '../../fakes/registrations.ts';
import { FakeOutcomeQueue } from '../../fakes/outcome-queue.ts';
import { noRules } from '../../fakes/rule-books.ts';

export const secret = (nth: number): LinkKey => ({ id: `k${nth}`, secret: Buffer.alloc(32, nth) });
const ann = 'ann@acme.com';
const bob = 'bob@acme.com';

export interface SceneOptions {
  readonly request?: Partial<ApprovalRequest>;
  /** The person whom approvers are asked about. */
  readonly user?: Partial<FakeUser>;
  readonly keys?: readonly LinkKey[];
  readonly app?: Partial<Pick<ApprovalsAppDeps, 'badLinksPerMinute' | 'requestMs' | 'trustedProxies'>>;
}

export type Scene = Awaited<ReturnType<typeof openScene>>;

/**
 * The pages as approvers reach them: the real server on a real port, the real voting and links, over stores in memory that
 * are held to the contracts of the real ones. Ann and Bob are asked about Mia, and one vote decides.
 */
export async function openScene({ request = {}, user = {}, keys = [secret(1)], app = {} }: SceneOptions = {}) {
  const clock = { now: registeredAt + 1_000 };
  const approvals = new FakeApprovals();
  const accounts = new FakeAccounts();
  const audit = new FakeAudit();
  const adminEvents = new FakeAdminEvents();
  const queued: string[] = [];
  const logged: string[] = [];
  accounts.add(mia.userId, { enabled: false, firstName: 'Mia', lastName: 'Meyer', ...user });
  const approval = ask({
    context,
    request: requestOf({
      approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
      rejected: [{ uses: 'delete-user', with: null, after: null }],
      ...request,
    }),
    approvers: [ann, bob],
    now: registeredAt,
  });
  await approvals.open(approval);
  const links = new Links(keys);
  const withdrawals = new WithdrawalLinks(keys);
  const shown = new Shown(keys);
  const directory = new FakeDirectory();
  const outcomes = new FakeOutcomeQueue();
  const servers: { close(): Promise<void> }[] = [];
  /** One more instance of the service over the same stores, with keys and a clock of its own. */
  async function serve(own: { keys?: readonly LinkKey[]; now?: () => number } = {}): Promise<number> {
    const ours = own.keys ?? keys;
    const shared = {
      approvals,
      users: { read: (who: UserRef) => accounts.read(who) },
      rules: () => noRules,
      audit,
      onDecided: async (decided: Approval) => void queued.push(`${decided.id} ${decided.revision} ${decided.state}`),
      now: own.now ?? (() => clock.now),
    };
    const voting = createVoting({
      outcomes,
      ...shared,
      links: new Links(ours),
      shown: new Shown(ours),
      adminEvents,
    });
    const delegation = createDelegation({ ...shared, links: new Links(ours), directory });
    const retry = createRetryByLink({ ...shared, links: new Links(ours), outcomes });
    const withdrawing = createWithdrawing({ ...shared, links: new WithdrawalLinks(ours) });
    const served = await buildApprovalsApp({
      voting,
      withdrawing,
      names: new ShownNames(ours, { secure: true }),
      now: own.now ?? (() => clock.now),
      delegation,
      retry,
      log: createLog('debug', { write: (line: string) => void logged.push(line) }),
      trustedProxies: [],
      badLinksPerMinute: 1_000_000,
      ...app,
    });
    servers.push(served);
    await served.listen({ host: '127.0.0.1', port: 0 });
    return (served.server.address() as AddressInfo).port;
  }
  const port = await serve();
  const at = (token: string, where = port): string => `http://127.0.0.1:${where}/approvals/${token}`;
  const withdrawal = withdrawals.tokenFor(approval);
  return {
    port,
    serve,
    at,
    links,
    approval,
    approvals,
    accounts,
    adminEvents,
    audit,
    clock,
    logged,
    directory,
    /** The queue of what follows a decision. */
    outcomeQueue: outcomes,
    /** Tokens of Ann and Bob. */
    tokens: [links.tokenFor(approval, 0), links.tokenFor(approval, 1)] as const,
    url: at(links.tokenFor(approval, 0)),
    /** Where Mia takes her request back. */
    withdrawals,
    withdrawal,
    withdrawUrl: `http://127.0.0.1:${port}/withdraw/${withdrawal}`,
    /** Ann's link in a mail that shows the person as they are now. */
    mailed: async (): Promise<string> => {
      const user = await accounts.read(mia);
      return user === null ? '' : `${at(links.tokenFor(approval, 0))}?mailed=${shown.mark(approval, user)}`;
    },
    bobs: at(links.tokenFor(approval, 1)),
    current: async (): Promise<Approval> => (await approvals.get(approval.id)) ?? approval,
    votes: () => audit.entries.filter(({ kind }) => kind === 'voted'),
    /** Revisions of the approval whose outcome was queued: each is one outcome, however often it was queued. */
    outcomes: () => [...new Set(queued)],
    /** Everything that a request could have changed. */
    all: () => JSON.stringify([approvals.all, accounts.user(mia.userId), accounts.calls, audit.entries, queued]),
    close: () => Promise.all(servers.map((server) => server.close())),
  };
}
