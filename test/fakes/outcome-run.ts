import { Shown } from '../../src/approvals/shown.ts';
import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { vote } from '../../src/approvals/transitions.ts';
import { createEffects } from '../../src/execute/effects.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import type { OutcomeJob } from '../../src/jobs/outcome-job.ts';
import type { ApprovalRequest } from '../../src/rules/model.ts';
import { createOutcomes } from '../../workers/outcomes.ts';
import { FakeAccounts, type FakeUser } from './accounts.ts';
import { FakeAdminEvents } from './admin-events.ts';
import { FakeApprovals } from './approvals.ts';
import { FakeAudit } from './audit.ts';
import { guardsOf, type GuardsSetup } from './guards.ts';
import { fakeJob, FakeJobs, openLock } from './jobs.ts';
import { FakeDirectory } from './directory.ts';
import { FakeLockouts } from './lockouts.ts';
import { context, mia, registeredAt } from './registrations.ts';

const shown = new Shown([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
/** As `FakeAccounts` has a person whom the account's hold keeps out. */
const onThePage: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: false,
  createdAt: registeredAt,
  firstName: null,
  lastName: null,
  locale: 'de',
  attributes: {},
};

export const request: ApprovalRequest = {
  approvers: [{ email: 'desk@acme.com' }],
  need: 1,
  hold: 'account',
  waitFor: null,
  remindAfter: null,
  expireAfter: 86_400_000,
  approved: [
    { uses: 'join-group', with: { group: '/partners' }, after: null },
    { uses: 'grant-role', with: { client: 'partner-portal', role: 'member' }, after: null },
  ],
  rejected: [{ uses: 'delete-user', with: null, after: null }],
  expired: [],
};

/** An approval that one approver has decided. */
export function decided(
  verdict: 'approve' | 'reject',
  asked: Partial<ApprovalRequest> = {},
  wasEnabled = true,
): Approval {
  const why = { ...context, accountWasEnabled: wasEnabled };
  const approval = ask({
    context: why,
    request: { ...request, ...asked },
    approvers: ['desk@acme.com'],
    now: registeredAt,
  });
  const counted = vote(approval, {
    approver: 'desk@acme.com',
    verdict,
    at: registeredAt + 1_000,
    ip: null,
    userAgent: null,
    shown: shown.digest(approval, onThePage),
  });
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  return { ...counted.next, revision: 1 };
}

/** The worker of outcomes, around systems in memory. */
export async function setup(
  approval: Approval,
  user: Partial<FakeUser> | null = { enabled: false, sessions: 0 },
  guarded: GuardsSetup = {},
  later = 0,
  data: Partial<OutcomeJob> = {},
) {
  const accounts = new FakeAccounts();
  if (user !== null) {
    accounts.add(mia.userId, { createdAt: registeredAt, locale: 'de', ...user });
  }
  const jobs = new FakeJobs();
  const approvals = new FakeApprovals();
  const audit = new FakeAudit();
  await approvals.open(approval);
  const clock = { time: registeredAt + 2_000 + later };
  const now = () => clock.time;
  const adminEvents = new FakeAdminEvents();
  const rememberedAt: (string | undefined)[] = [];
  const handle = createOutcomes({
    approvals,
    users: accounts,
    shown,
    adminEvents,
    jobs,
    effects: createEffects({
      accounts,
      adminEvents,
      approvals,
      lockouts: new FakeLockouts(),
      jobs,
      directory: new FakeDirectory(),
      now,
    }),
    guards: guardsOf({ now, ...guarded }).guards,
    lock: openLock,
    audit,
    remembered: async () =>
      void rememberedAt.push((await approvals.get(approval.id))?.settled === true ? 'late' : 'before'),
    now,
  });
  const job = fakeJob<'outcomes'>({ approvalId: approval.id, revision: approval.revision, ...data });
  return {
    job,
    clock,
    accounts,
    adminEvents,
    jobs,
    audit,
    rememberedAt,
    run: () => handle(job),
    runFor: (revision: number) => handle(fakeJob<'outcomes'>({ approvalId: approval.id, revision })),
    user: () => accounts.user(mia.userId),
    approval: () => approvals.get(approval.id),
    told: () => jobs.in('mail').map(({ data }) => (data.kind === 'person' ? [data.to.address, data.message] : [])),
  };
}
