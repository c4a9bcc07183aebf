import type { Audit } from '../src/jobs/audit.ts';
import { runSteps, stepEntry } from '../src/execute/run-steps.ts';
import { deletesAccount, isCounted, ruleStopped } from '../src/execute/lockout-limit.ts';
import type { Guards } from '../src/execute/guards.ts';
import type { ReportRefusal } from '../src/execute/protected-users.ts';
import { ServiceError } from '../src/platform/errors.ts';
import type { Lockouts, Handler, Job, Recipient, Progress, RegistrationJob, UserLock } from '../src/jobs/payloads.ts';
import { withoutPersonalData } from '../src/jobs/personal-data.ts';
import type { Recall } from '../src/execute/recall.ts';
import { isNew, refuse } from '../src/execute/age-guard.ts';
import { mayBeInvisible } from '../src/ingest/presence.ts';
import type { Registration, UserRef } from '../src/ingest/registration.ts';
import { decide } from '../src/rules/decide/decide.ts';
import { disablesAccount } from '../src/rules/decide/disables-account.ts';
import type { Effects, StepContext } from '../src/rules/steps/effects.ts';
import { fateOf } from '../src/rules/decide/fate.ts';
import { gateAction, refusesOutright } from '../src/rules/steps/gate.ts';
import type { Decision, RuleBook } from '../src/rules/model.ts';
import type { UserFacts } from '../src/ingest/user.ts';
import { act, closesNow } from '../src/rules/steps/index.ts';

export interface DoorMetrics {
  /** @param ms from the registration to the moment when the person is out */
  doorClosed(registration: Pick<Registration, 'realm' | 'clientId'>, ms: number): void;
}

/** What this worker needs from the world; real wiring in src/app/service.ts, fakes in test/fakes. */
export interface RegistrationsDeps {
  readonly rules: () => RuleBook;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly effects: Effects;
  readonly counters: {
    count(key: string, registration: Registration, windowMs: number): Promise<number>;
  };
  readonly lockouts: Lockouts;
  readonly guards: Guards;
  readonly report: ReportRefusal;
  readonly lock: UserLock;
  readonly audit: Audit;
  readonly metrics: DoorMetrics;
  /** Reads again what a job that was given up no longer has. */
  readonly recall: Recall;
  readonly now: () => number;
  /** Older registrations lead to nothing. */
  readonly maxAgeMs: number;
}

/** Applies the rules of the client to one fresh registration. */
export function createRegistrations(deps: RegistrationsDeps): Handler<'registrations'> {
  const { audit, lockouts, effects, guards, lock, report, users } = deps;

  async function begin(job: Job<'registrations'>): Promise<string> {
    const { registration, stopped } = job.data;
    const early = decide(deps.rules(), { registration });
    if (early.kind === 'decided' && early.steps.length === 0 && stopped === undefined) {
      await audit.record(decidedEntry(registration, early));
      return 'no-rule';
    }
    const user = await users.read(registration);
    if (user === null) {
      return withoutUser(deps, registration);
    }
    const refused = stopped === undefined ? refuse(registration, user, deps.now(), deps.maxAgeMs) : null;
    if (refused !== null) {
      report(registration, { guard: 'age', because: refused });
      await audit.record({ kind: 'skipped', ...ids(registration), because: refused });
      return 'refused';
    }
    const decision = await decideFully(deps, registration, user);
    if (stopped?.disabled === true) {
      if (user.enabled) {
        await audit.record({
          kind: 'skipped',
          ...ids(registration),
          because: 'somebody enabled the account meanwhile',
        });
        return 'no-longer';
      }
      if (decision.dryRun || !decision.steps.some(isCounted)) {
        const outcome = await effects.enableAgain({ registration, disabledHere: true });
        await audit.record({ ...ids(registration), ...stepEntry('release', outcome) });
        await job.save({ registration }); // an attempt after this one must not take our own hand for somebody else's
      }
    }
    const accountWasEnabled = user.enabled || stopped?.disabled === true || (await lockouts.claimed(registration));
    const progress = plan(decision, registration, { ...user, enabled: accountWasEnabled });
    return runPlan(deps, job, user, progress);
  }

  /** A job that was given up has lost what the person typed: it is read again before the job is tried again. */
  async function complete(job: Job<'registrations'>): Promise<Job<'registrations'>> {
    const { bare, registration: known, progress, ...rest } = job.data;
    if (bare === undefined) {
      return job;
    }
    const registration = await deps.recall(known);
    const user = progress === undefined ? null : await users.read(registration);
    const resumed = progress && { progress: { ...progress, person: personOf(registration, user) } };
    return { ...job, data: { ...rest, registration, ...resumed } };
  }

  return async (given) => {
    const job = await complete(given);
    const { registration, progress, stopped } = job.data;
    if (stopped !== undefined && (await guards.isStopped(stopped.rule, registration.realm))) {
      throw ruleStopped(stopped.rule, registration);
    }
    const outcome = await lock.hold(registration, job.id, async () => {
      if (progress === undefined) {
        return begin(job);
      }
      const closing = progress.decision.steps.slice(progress.done).some(closesNow);
      return runPlan(deps, job, closing ? await users.read(registration) : null, progress);
    });
    if (outcome !== 'applied') {
      await job.save(withoutPersonalData('registrations', { registration })); // what was applied is saved without it already
    }
    return outcome;
  };
}

/** Asks for what the rules turn out to need, and no more: each round answers one question. */
async function decideFully(deps: RegistrationsDeps, registration: Registration, user: UserFacts): Promise<Decision> {
  const counts = new Map<string, number>();
  for (;;) {
    const decision = decide(deps.rules(), { registration, user, counts });
    if (decision.kind === 'decided') {
      return decision;
    }
    if (decision.what === 'user') {
      throw new TypeError('a rule asks for the user that was handed in');
    }
    const { key, windowMs } = decision;
    counts.set(`${key}/${windowMs}`, await deps.counters.count(key, registration, windowMs));
  }
}

function plan(decision: Decision, registration: Registration, user: UserFacts): Progress {
  const { version, matched, steps, application, language = null, dryRun } = decision;
  return {
    decision: { version, matched, steps, application, language, dryRun },
    record: decidedEntry(registration, decision),
    done: 0,
    person: personOf(registration, user),
    accountWasEnabled: user.enabled,
  };
}

function personOf(registration: Registration, user: UserFacts | null): Recipient | null {
  const address = registration.email ?? user?.email ?? null;
  return address === null
    ? null
    : {
        address,
        locale: user?.locale ?? registration.locale,
        ...(user !== null && mustVerify(user) ? { toVerify: true } : {}),
      };
}

function mustVerify({ emailVerified, requiredActions = [] }: UserFacts): boolean {
  return !emailVerified && requiredActions.includes('VERIFY_EMAIL');
}

async function withoutUser({ audit, now }: RegistrationsDeps, registration: Registration): Promise<string> {
  if (mayBeInvisible(registration.time, now())) {
    throw new ServiceError('USER_NOT_YET_VISIBLE', 'Keycloak does not show the user yet', ids(registration));
  }
  await audit.record({ kind: 'skipped', ...ids(registration), because: 'the user is gone, or never came to be' });
  return 'user-gone';
}

async function runPlan(
  deps: RegistrationsDeps,
  job: Job<'registrations'>,
  user: UserFacts | null,
  { record, ...progress }: Progress,
): Promise<string> {
  const { audit, lockouts, effects, guards, metrics, now } = deps;
  const { registration } = job.data;
  const { decision, done, person, accountWasEnabled } = progress;
  const { matched, version, steps } = decision;
  // The record of the decision and the saved plan travel while the first step closes the door; both are awaited
  // before anything that cannot be undone.
  const recorded = record === undefined ? Promise.resolve() : audit.record(record);
  if (matched === null || steps.length === 0) {
    await recorded;
    return 'no-rule';
  }
  if (decision.dryRun) {
    await recorded;
    return 'dry-run';
  }
  // Gone: there is nobody left to guard, and what remains of the plan may still be done.
  const verdict = user && (await guards.ask({ rule: matched, registration, user, steps: steps.slice(done) }));
  if (verdict?.kind === 'protected') {
    await recorded;
    await audit.record({ kind: 'skipped', ...ids(registration), rule: matched, version, because: verdict.because });
    return 'protected';
  }
  if (verdict?.kind === 'stopped') {
    await recorded;
    return postpone(deps, job, progress, user?.enabled === true);
  }
  const saved =
    record === undefined ? Promise.resolve() : job.save({ registration, progress: { ...progress, record } });
  const started = Promise.all([recorded, saved, verdict?.counted]);
  started.catch(() => undefined); // awaited below; a step that throws first must not leave it unhandled
  if (done === 0 && accountWasEnabled && disablesAccount(steps)) {
    await lockouts.claim(registration);
  }
  const lastLockout = steps.findLastIndex(closesNow);
  const context = (index: number): StepContext => ({
    registration,
    person,
    accountWasEnabled,
    application: decision.application,
    language: decision.language ?? null,
    fate: fateOf(steps, user?.requiredActions?.includes(gateAction) === true, registration.time),
    rule: matched,
    version,
    key: `${registration.eventId}/${index}`,
  });
  try {
    await runSteps({
      steps,
      done,
      context,
      effects,
      act: async (effects, why, step) => {
        if (step.uses === 'delete-user') {
          await started;
        }
        return act(effects, why, step);
      },
      onDone: async (step, result, count) => {
        if (count - 1 === lastLockout) {
          metrics.doorClosed(registration, now() - registration.time);
        }
        await started;
        await audit.record({ ...ids(registration), rule: matched, version, ...stepEntry(step.uses, result) });
        await job.save(withProgress(registration, { ...progress, done: count }, count === steps.length));
      },
    });
    if (refusesOutright(steps)) {
      await effects.accounts.tellAtGate(registration, 'refused');
    }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'USER_GONE') {
      await audit.record({
        kind: 'skipped',
        ...ids(registration),
        rule: matched,
        version,
        because: 'the user is gone',
      });
      return 'user-gone';
    }
    throw error;
  }
  return 'applied';
}

/**
 * The rule is stopped. Whoever it would delete so soon after registering is disabled, which can be undone: the door closes.
 * The plan is dropped, not kept: whoever sets the rule going may have corrected it first.
 * @throws ServiceError RULE_STOPPED always
 */
async function postpone(
  { audit, lockouts, effects, metrics, now }: RegistrationsDeps,
  job: Job<'registrations'>,
  { decision, done, accountWasEnabled }: Progress,
  enabled: boolean,
): Promise<never> {
  const { registration } = job.data;
  const { matched: rule, steps, version } = decision;
  if (rule === null) {
    throw new TypeError('no rule to be stopped');
  }
  const disable = isNew(registration, now()) && steps.slice(done).some(deletesAccount);
  if (disable) {
    if (accountWasEnabled) {
      await lockouts.claim(registration);
    }
    await effects.accounts.disable(registration);
    metrics.doorClosed(registration, now() - registration.time);
  }
  const because = `LOCKOUT_LIMIT_PER_MINUTE is reached${disable ? '; disabled until the rule runs again' : ''}`;
  await audit.record({ kind: 'stopped', ...ids(registration), rule, version, because });
  await job.save({ registration, stopped: { rule, disabled: accountWasEnabled && (disable || !enabled) } });
  throw ruleStopped(rule, registration);
}

/** Finished jobs are kept for a while, to absorb repeats of their event, but without personal data. */
function withProgress(registration: Registration, progress: Progress, finished: boolean): RegistrationJob {
  const data: RegistrationJob = { registration, progress };
  return finished ? withoutPersonalData('registrations', data) : data;
}

function decidedEntry(registration: Registration, { matched, version, trace, steps, dryRun }: Decision) {
  const last = trace.at(-1);
  return {
    kind: 'decided' as const,
    ...ids(registration),
    ...(matched === null ? {} : { rule: matched }),
    version,
    outcome: dryRun ? 'dry-run' : matched === null ? 'no-rule' : steps.map((step) => step.uses).join(', '),
    // Not the reason with its values: the audit and the log hold nothing that the person typed.
    because:
      trace.find((line) => line.verdict === 'matched')?.grounds ?? last?.grounds ?? 'no rule file names this client',
  };
}

function ids({ realm, clientId, userId, eventId }: Registration) {
  return { realm, clientId, userId, eventId };
}
