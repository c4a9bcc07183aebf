import { idsOf } from '../jobs/audit.ts';
import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { mayBeInvisible } from '../ingest/presence.ts';
import type { Job, Mark } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';
import { decide } from '../rules/decide/decide.ts';
import type { Decision } from '../rules/model.ts';
import { concernsRealm } from '../rules/decide/realms-named.ts';
import { locksOutNow } from '../rules/steps/index.ts';
import { isAhead, isBeforeSetUp, refuse } from './age-guard.ts';
import { decideRegistration, type DecideRegistrationDeps } from './decide-registration.ts';
import { isCounted } from './lockout-limit.ts';
import type { UsersSoFar } from './early-disable.ts';
import { enabledSince, type EnabledSinceDeps, orUnseen } from './enabled-since.ts';
import { letsThrough, requireRulesInForce, waitsAtGate } from './gate.ts';
import { decidedEntry, planOf } from './plan.ts';
import type { ReportRefusal } from './protected-users.ts';
import { runPlan, type RunPlanDeps } from './run-plan.ts';
import { stepEntry } from './run-steps.ts';
import { withStoredHeaders, type UnknownHeadersDeps } from './unknown-headers.ts';

export interface RunRegistrationDeps extends RunPlanDeps, EnabledSinceDeps, DecideRegistrationDeps, UnknownHeadersDeps {
  readonly users: UsersSoFar;
  readonly report: ReportRefusal;
  /** When the realm was set up, ms since 1970. */
  readonly setUpAt: (realm: string) => Promise<number>;
  /** Older registrations lead to nothing. */
  readonly maxAgeMs: number;
}

type RegistrationJob = Job<'registrations'>;

/**
 * Begins the plan of a registration, or resumes the one that an earlier attempt began.
 * @param mark what was known of the account before this attempt
 */
export async function runRegistration(deps: RunRegistrationDeps, job: RegistrationJob, mark: Mark): Promise<string> {
  const { registration, progress } = job.data;
  // With DRY_RUN, people stay at the gate, and so does the job. What a dry run decided would let each of them in.
  if (progress === undefined || progress.decision.dryRun) {
    return begin(deps, job, mark);
  }
  if (progress.disabledInstead === true) {
    await deps.audit.keptForGood(registration); // before Keycloak is asked, and the lockout limit counts the person again
  }
  const locksOut = progress.decision.steps.slice(progress.done).some(locksOutNow);
  // Another instance may have disabled the account since this one read it early.
  const user = locksOut ? await deps.users.read(registration, 'now') : null;
  if (progress.disabledInstead === true && user?.enabled === true) {
    // The deletion waited for the audit. An administrator who enables the account means that the person stays.
    const because = 'somebody enabled the account meanwhile';
    await deps.audit.record({ kind: 'skipped', ...idsOf(registration), because });
    return 'no-longer';
  }
  return runPlan(deps, job, user, progress);
}

async function begin(deps: RunRegistrationDeps, job: RegistrationJob, mark: Mark): Promise<string> {
  const { registration, stopped } = job.data;
  const fresh = stopped === undefined;
  const idle = fresh ? withoutRule(deps, registration) : null;
  if (idle !== null && !concernsRealm(deps.rules(), registration.realm)) {
    requireRulesInForce(deps, registration);
    return endWithoutRule(deps, registration, idle);
  }
  const user = await deps.users.read(registration, fresh ? undefined : 'now');
  if (user === null) {
    return endWithoutUser(deps, registration);
  }
  if (idle !== null && !waitsAtGate(user)) {
    return endWithoutRule(deps, registration, idle);
  }
  if (fresh && (await endByAge(deps, registration, user))) {
    return 'refused';
  }
  if (fresh && (await endBeforeSetUp(deps, registration))) {
    return 'before-set-up';
  }
  const decision = await decideRegistration(deps, job, user);
  if (decision.kind === 'asked') {
    return begin(deps, decision.job, mark);
  }
  if (waitsAtGate(user) && (decision.kind === 'missing' || letsThrough(decision))) {
    requireRulesInForce(deps, registration);
  }
  if (decision.kind === 'missing') {
    return begin(deps, await withStoredHeaders(deps, job, decision.names), mark);
  }
  const disabledMeanwhile = stopped?.disabled === true;
  if (disabledMeanwhile && (await endOfWait(deps, job, user, decision)) === 'let-in') {
    return 'no-longer';
  }
  if (fresh && (await endIfLetIn(deps, registration, user, decision, mark))) {
    return 'let-in';
  }
  const undone = fresh && !keepsOut(decision) && (await deps.undo.letGo(registration));
  const enabled = user.enabled || disabledMeanwhile || undone || (await wasDisabledHere(deps, registration));
  return runPlan(deps, job, user, planOf(decision, registration, { ...user, enabled }));
}

/** Whether the account is disabled or deleted at once. Anything else does not confirm an early disable. */
function keepsOut({ dryRun, steps }: Decision): boolean {
  return !dryRun && steps.some(isCounted);
}

/** Most registrations are of clients that no rule names. Only whether the gate holds the person matters then. */
function withoutRule({ rules }: RunRegistrationDeps, registration: Registration): Decision | null {
  const early = decide(rules(), { registration });
  return early.kind === 'decided' && early.steps.length === 0 ? early : null;
}

async function endWithoutRule(
  { audit, undo }: RunRegistrationDeps,
  registration: Registration,
  decision: Decision,
): Promise<string> {
  await undo.letGo(registration);
  await audit.record(decidedEntry(registration, decision));
  return 'no-rule';
}

async function endBeforeSetUp(
  { audit, setUpAt, undo }: RunRegistrationDeps,
  registration: Registration,
): Promise<boolean> {
  if (!isBeforeSetUp(registration, await setUpAt(registration.realm))) {
    return false;
  }
  await undo.letGo(registration);
  await audit.record({ kind: 'skipped', ...idsOf(registration), because: 'registered before the realm was set up' });
  return true;
}

/** A registration that comes again locks nobody out whom somebody has let in since. */
async function endIfLetIn(
  deps: RunRegistrationDeps,
  registration: Registration,
  user: UserFacts,
  decision: Decision,
  mark: Mark,
): Promise<boolean> {
  if (!user.enabled || decision.dryRun || !decision.steps.some(isCounted)) {
    return false;
  }
  // An early disable reads the user before it disables: after a disable, only another look says what is now.
  if (mark.disabled === 'done' && (await deps.users.read(registration, 'now'))?.enabled !== true) {
    return false;
  }
  const because = await enabledSince(deps, registration, mark);
  if (because !== null) {
    await deps.audit.record({ kind: 'skipped', ...idsOf(registration), because });
    return true;
  }
  if (mark.disabled === 'done') {
    const again = 'the account was disabled, works, and is new: Keycloak shows nobody who enabled it';
    await deps.audit.record({ kind: 'step', ...idsOf(registration), step: 'lock-out-again', because: again });
  }
  return false;
}

/** By the mark; if that was lost, by Keycloak's admin events. */
async function wasDisabledHere(
  { adminEvents, lockouts }: RunRegistrationDeps,
  registration: Registration,
): Promise<boolean> {
  return (
    (await lockouts.claimed(registration)) || orUnseen(adminEvents.disabledHere(registration, registration.time), false)
  );
}

async function endWithoutUser({ audit, now, undo }: RunRegistrationDeps, registration: Registration): Promise<string> {
  if (mayBeInvisible(registration.time, now())) {
    throw new ServiceError('USER_NOT_YET_VISIBLE', 'Keycloak does not show the user yet', idsOf(registration));
  }
  await undo.letGo(registration);
  await audit.record({ kind: 'skipped', ...idsOf(registration), because: 'the user is gone, or never came to be' });
  return 'user-gone';
}

async function endByAge(
  { audit, maxAgeMs, now, report, undo }: RunRegistrationDeps,
  registration: Registration,
  user: UserFacts,
): Promise<boolean> {
  const because = refuse(registration, user, now(), maxAgeMs);
  if (because === null) {
    if (isAhead(registration, now())) {
      throw new ServiceError('CLOCK_BEHIND', 'by our clock this account is not made yet', idsOf(registration));
    }
    return false;
  }
  await undo.letGo(registration);
  report(registration, { guard: 'age', because });
  await audit.record({ kind: 'skipped', ...idsOf(registration), because });
  return true;
}

/**
 * A stopped rule runs again. While it was stopped, this service disabled the account instead of deleting it. If an
 * administrator enabled the account since, the person stays. If the new decision neither disables nor deletes, this
 * service enables the account again.
 */
async function endOfWait(
  { audit, effects }: RunRegistrationDeps,
  job: RegistrationJob,
  user: UserFacts,
  decision: Decision,
): Promise<'let-in' | 'goes-on'> {
  const { stopped: _, ...data } = job.data;
  const { registration } = data;
  if (user.enabled) {
    const because = 'somebody enabled the account meanwhile';
    await audit.record({ kind: 'skipped', ...idsOf(registration), because });
    return 'let-in';
  }
  if (!keepsOut(decision)) {
    const outcome = await effects.enableAgain({ registration, disabledHere: true });
    await audit.record({ ...idsOf(registration), ...stepEntry('release', outcome) });
    await job.save(data); // a later attempt must not read our own enable as an administrator's
  }
  return 'goes-on';
}
