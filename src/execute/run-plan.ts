import type { UserFacts } from '../ingest/user.ts';
import type { Registration } from '../ingest/registration.ts';
import { type Audit, idsOf } from '../jobs/audit.ts';
import type { Job, Lockouts, Progress, RegistrationJob } from '../jobs/payloads.ts';
import { withoutPersonalData } from '../jobs/queues.ts';
import { begun } from '../platform/begun.ts';
import { isServiceError } from '../platform/errors.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';
import { fateOf } from '../rules/decide/fate.ts';
import type { RuleRef, Step } from '../rules/model.ts';
import type { Effects, StepContext, StepResult } from '../rules/steps/effects.ts';
import { gateAction, refusesOutright } from '../rules/steps/gate.ts';
import { act, locksOutNow } from '../rules/steps/index.ts';
import { openGate, requireRulesInForce, type RulesInForce, waitsAtGate } from './gate.ts';
import type { Guards } from './guards.ts';
import type { LockoutMetrics } from './lockout-metrics.ts';
import { postpone } from './postpone.ts';
import { untilMayDelete } from './may-delete.ts';
import { runSteps, type RunStepsOptions, stepEntry } from './run-steps.ts';
import type { UndoEarlyDisable } from './undo-early-disable.ts';

export interface RunPlanDeps extends RulesInForce {
  readonly effects: Effects;
  readonly guards: Guards;
  readonly lockouts: Lockouts;
  readonly undo: Pick<UndoEarlyDisable, 'letGo'>;
  readonly audit: Audit;
  readonly metrics: LockoutMetrics;
  readonly now: () => number;
}

/** A plan whose decision the audit has, or is about to have. */
type Recorded = Omit<Progress, 'record'>;

/**
 * Runs a plan from where an earlier attempt stopped, if the guards let it.
 * @param user the person as Keycloak has them now; `null`: gone, or no step that is left locks out
 * @returns one word for what came of it
 */
export async function runPlan(
  deps: RunPlanDeps,
  job: Job<'registrations'>,
  user: UserFacts | null,
  given: Progress,
): Promise<string> {
  const { audit, guards } = deps;
  const { record, ...progress } = given;
  const { registration } = job.data;
  const { matched: rule, version, steps, dryRun } = progress.decision;
  // The audit entry and the saved plan are on their way while the first step disables the account. Both are awaited
  // before anything that cannot be undone.
  const recorded = begun(record === undefined ? Promise.resolve() : audit.record(record));
  if (rule === null || steps.length === 0 || dryRun) {
    await runNothing(deps, job, given, recorded);
    return dryRun ? 'dry-run' : 'no-rule';
  }
  // A user who is gone needs no guard, and what remains of the plan may still be done.
  const verdict = user && (await guards.ask({ rule, registration, user, steps: steps.slice(progress.done) }));
  if (verdict?.kind === 'protected') {
    const held = user !== null && waitsAtGate(user);
    if (held) {
      requireRulesInForce(deps, registration);
    }
    await deps.undo.letGo(registration);
    await recorded;
    await audit.record({ kind: 'skipped', ...idsOf(registration), rule, version, because: verdict.because });
    if (held) {
      await openGate(deps, registration, { rule, version });
    }
    return 'protected';
  }
  if (verdict?.kind === 'stopped') {
    await recorded;
    return postpone(deps, job, rule, progress, user?.enabled === true);
  }
  const saved = begun(save(job, given));
  const started = begun(Promise.all([recorded, saved, verdict?.counted]));
  try {
    await runAdmitted(deps, job, user, given, rule, { saved, started });
    return 'applied';
  } catch (error) {
    if (isServiceError(error, 'USER_GONE')) {
      await audit.record({ kind: 'skipped', ...idsOf(registration), rule, version, because: 'the user is gone' });
      return 'user-gone';
    }
    throw error;
  }
}

/** No rule does anything. A person whom the gate holds is let through. */
async function runNothing(
  deps: RunPlanDeps,
  job: Job<'registrations'>,
  given: Progress,
  recorded: Promise<unknown>,
): Promise<void> {
  const { matched: rule, version } = given.decision;
  if (given.opensGateAfter !== undefined) {
    await save(job, given);
    await openGate(deps, job.data.registration, { ...(rule === null ? {} : { rule }), version });
  }
  await recorded;
}

/** A plan that was saved goes on at the next attempt, also if the person is through the gate by then. */
async function save(job: Job<'registrations'>, { record, ...progress }: Progress): Promise<void> {
  if (record !== undefined) {
    await job.save({ registration: job.data.registration, progress: { ...progress, record } });
  }
}

interface Beginning {
  /** Resolves when the queue has the plan. */
  readonly saved: Promise<unknown>;
  /** Resolves when the audit and the queue have the plan, and the lockout limit has counted it. */
  readonly started: Promise<unknown>;
}

async function runAdmitted(
  deps: RunPlanDeps,
  job: Job<'registrations'>,
  user: UserFacts | null,
  given: Progress,
  rule: RuleRef,
  { saved, started }: Beginning,
): Promise<void> {
  const { record: _, ...progress } = given;
  const { audit, lockouts, effects, metrics, now } = deps;
  const { registration } = job.data;
  const { decision, done, accountWasEnabled, opensGateAfter } = progress;
  const { steps, version } = decision;
  if (done === 0 && accountWasEnabled && disablesAccount(steps)) {
    await lockouts.take(registration);
  }
  let disabledInstead = progress.disabledInstead === true;
  const lastLockout = steps.findLastIndex(locksOutNow);
  const note = async (results: readonly (readonly [string, StepResult])[], count: number) => {
    await started;
    const about = { ...idsOf(registration), rule, version };
    await all(results.map(([step, result]) => audit.record({ ...about, ...stepEntry(step, result) })));
    if (count > done) {
      await job.save(withProgress(registration, { ...progress, done: count }, count === steps.length));
    }
  };
  const options = {
    context: contextOf(registration, user, progress, rule),
    effects,
    act: async (effects: Effects, why: StepContext, step: Step) => {
      if (step.uses === 'delete-user') {
        disabledInstead = (await untilMayDelete(deps, job, rule, given, started)) || disabledInstead;
      }
      return act(effects, why, step);
    },
    onDone: async (step: Step, result: StepResult, count: number) => {
      if (count - 1 === lastLockout && !disabledInstead) {
        metrics.lockedOut(registration, now() - registration.time);
      }
      await note([[step.uses, result]], count);
    },
  };
  if (opensGateAfter !== undefined && done <= opensGateAfter) {
    await runUpToGate(registration, { ...options, steps: steps.slice(0, opensGateAfter), done }, saved, note);
  }
  await runSteps({ ...options, steps, done: Math.max(done, opensGateAfter ?? 0) });
  if (refusesOutright(steps)) {
    await effects.accounts.apply(registration, { kind: 'set-gate-state', state: 'refused' });
  }
}

/**
 * Does the steps that make the account ready, and opens the gate. The person waits for both, so what was done is noted after
 * that, all at once and in order. It is noted when this ends, also when it fails: the next attempt must not meet what this
 * one writes late.
 * @param note gets each step with its result, and how many steps of the plan are done
 */
async function runUpToGate(
  registration: Registration,
  options: Omit<RunStepsOptions, 'onDone'>,
  saved: Promise<unknown>,
  note: (results: readonly (readonly [string, StepResult])[], done: number) => Promise<void>,
): Promise<void> {
  const results: [string, StepResult][] = [];
  let { done } = options;
  try {
    await runSteps({
      ...options,
      async onDone({ uses }, result, count) {
        results.push([uses, result]);
        done = count;
      },
    });
    await saved;
    results.push(['release', await options.effects.accounts.apply(registration, { kind: 'open-gate' })]);
  } finally {
    await (results.length > 0 ? note(results, done) : undefined);
  }
}

/** Resolves when all ended, whatever became of them. @throws what the first one that failed failed with */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** Why and for whom each step is done, by the step's number. */
function contextOf(
  registration: Registration,
  user: UserFacts | null,
  { decision, person, accountWasEnabled }: Recorded,
  rule: RuleRef,
): (index: number) => StepContext {
  const { steps, version, application, language = null } = decision;
  const gated = user?.requiredActions?.includes(gateAction) === true;
  const fate = fateOf(steps, gated, registration.time);
  return (index) => ({
    registration,
    person,
    accountWasEnabled,
    application,
    language,
    fate,
    rule,
    version,
    key: `${registration.eventId}/${index}`,
  });
}

/** A finished job is kept for a while, to absorb repeats of its event, but without personal data. */
function withProgress(registration: Registration, progress: Progress, finished: boolean): RegistrationJob {
  const data: RegistrationJob = { registration, progress };
  return finished ? withoutPersonalData('registrations', data) : data;
}
