import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { createEffects } from '../../src/execute/effects.ts';
import type { ApprovalRequest, Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { FakeAccounts, type FakeUser } from './accounts.ts';
import { FakeAdminEvents } from './admin-events.ts';
import { FakeApprovals } from './approvals.ts';
import { FakeAudit } from './audit.ts';
import { FakeLockouts } from './lockouts.ts';
import { guardsOf, type GuardsSetup } from './guards.ts';
import { fakeJob, FakeJobs, openLock } from './jobs.ts';
import { mia, context, registeredAt } from './registrations.ts';
import { FakeSystems } from './systems.ts';
import { FakeDirectory } from './directory.ts';

export const day = 86_400_000;
export const waiting = { waitFor: 'email-verified' } as const;
export const deleting: Step = { uses: 'delete-user', with: null, after: 30 * day };
export const request: ApprovalRequest = {
  approvers: [{ email: 'desk@acme.com' }],
  need: 1,
  hold: 'account',
  waitFor: null,
  remindAfter: 2 * day,
  expireAfter: 7 * day,
  approved: [],
  rejected: [],
  expired: [],
};

function bookOf(...rules: readonly Partial<Rule>[]): RuleBook {
  const usual = { name: 'the desk decides', file: 'portal.yaml', line: 4, when: null, then: [deleting], dryRun: false };
  const all = rules.map((rule) => ({ ...usual, ...rule }));
  return {
    version: 'v2',
    files: [{ file: 'portal.yaml', realms: ['*'], clients: ['*'], application: null, hold: null, rules: all }],
  };
}

/** A condition that counts. */
export const flood: Condition = {
  kind: 'is',
  key: 'registrations-over',
  operand: { count: 5, within: 600_000, by: 'client' },
};

/** The deadlines worker, with one approval and its user in a world in memory. */
export async function setup({
  now = registeredAt,
  asked = {},
  user = {},
  rules = [{}],
  guarded = {},
}: {
  now?: number;
  asked?: Partial<Approval>;
  user?: Partial<FakeUser>;
  rules?: readonly Partial<Rule>[];
  guarded?: GuardsSetup;
} = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt, enabled: false, ...user });
  const jobs = new FakeJobs();
  const audit = new FakeAudit();
  const systems = new FakeSystems();
  const directory = new FakeDirectory();
  const warnings: string[] = [];
  const reconciler = { run: () => Promise.resolve('0 seen') };
  const approvals = new FakeApprovals();
  const approval = {
    ...ask({ context, request, approvers: ['desk@acme.com', 'boss@acme.com'], now: registeredAt }),
    asks: [{ email: 'desk@acme.com' }, { email: 'boss@acme.com' }],
    ...asked,
  };
  await approvals.open(approval);
  const handle = createDeadlines({
    rules: () => bookOf(...rules),
    approvals,
    users: accounts,
    signs: accounts,
    effects: createEffects({
      accounts,
      adminEvents: new FakeAdminEvents(),
      approvals,
      lockouts: new FakeLockouts(),
      jobs,
      directory,
      now: () => now,
    }),
    jobs,
    guards: guardsOf({ now: () => now, ...guarded }).guards,
    lock: openLock,
    audit,
    ask: systems.ask,
    directory,
    log: { warn: (_details: unknown, message?: string) => void warnings.push(message ?? '') },
    undo: { ifLetGo: () => Promise.resolve('nothing-to-do') },
    reconcile: () => reconciler.run(),
    now: () => now,
  });
  const run = (data: Parameters<typeof fakeJob<'deadlines'>>[0]) => handle(fakeJob<'deadlines'>(data));
  return {
    audit,
    systems,
    directory,
    warnings,
    reconciler,
    accounts,
    jobs,
    approvals,
    approval,
    run,
    user: () => accounts.user(mia.userId),
    current: () => approvals.get(approval.id),
  };
}
