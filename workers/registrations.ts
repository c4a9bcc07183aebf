import type { Audit } from '../src/audit.ts';
import { carryOut } from '../src/carry-out/carry-out.ts';
import { ServiceError } from '../src/errors.ts';
import type { Closings, Handler, Job, Person, Progress, RegistrationJob, UserLock } from '../src/jobs.ts';
import type { DoorMetrics } from '../src/metrics.ts';
import { refuse } from '../src/registration/guard.ts';
import type { Registration, Who } from '../src/registration/registration.ts';
import { decide } from '../src/rules/decide.ts';
import { disablesAccount } from '../src/rules/disables-account.ts';
import type { Effects, Occasion } from '../src/rules/effects.ts';
import type { Decision, RuleBook, UserFacts } from '../src/rules/model.ts';
import { act, closesDoor } from '../src/rules/steps/index.ts';

/** What this worker needs from the world; real wiring in src/main.ts, fakes in test/fakes. */
export interface RegistrationsDeps {
  readonly rules: () => RuleBook;
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly effects: Effects;
  readonly counters: {
    count(key: string, registration: Registration, windowMs: number): Promise<number>;
  };
  readonly closings: Closings;
  readonly lock: UserLock;
  readonly audit: Audit;
  readonly metrics: DoorMetrics;
  readonly now: () => number;
  /** Older registrations lead to nothing. */
  readonly maxAgeMs: number;
}

/**
 * How long after its event a user may still be invisible: another node's cache, or a listener that announces before the
 * commit. Later, the registration was rolled back or the user deleted, which is an outcome and no error.
 */
const youngMs = 60_000;

/** Applies the rules of the client to one fresh registration. */
export function createRegistrations(deps: RegistrationsDeps): Handler<'registrations'> {
  const { lock, users } = deps;

  return (job) => {
    const { registration, progress: begun } = job.data;
    return lock.hold(registration, job.id, async () => {
      if (begun !== undefined) {
        return carryOutPlan(deps, job, registration, begun);
      }
      const early = decide(deps.rules(), { registration });
      if (early.kind === 'decided' && early.steps.length === 0) {
        await deps.audit.record(decidedEntry(registration, early));
        return 'no-rule';
      }
      const user = await users.read(registration);
      if (user === null) {
        return withoutUser(deps, registration);
      }
      const refused = refuse(registration, user, deps.now(), deps.maxAgeMs);
      if (refused !== null) {
        await deps.audit.record({ kind: 'skipped', ...ids(registration), because: refused });
        return 'refused';
      }
      const decision = await judge(deps, registration, user);
      const accountWasEnabled = user.enabled || (await deps.closings.claimed(registration.eventId));
      const progress = plan(decision, registration, { ...user, enabled: accountWasEnabled });
      return carryOutPlan(deps, job, registration, progress);
    });
  };
}

/** Asks for what the rules turn out to need, and no more: each round answers one question. */
async function judge(deps: RegistrationsDeps, registration: Registration, user: UserFacts): Promise<Decision> {
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
  const { version, matched, steps, application, dryRun } = decision;
  const address = registration.email ?? user.email;
  const person: Person | null = address === null ? null : { address, locale: user.locale ?? registration.locale };
  return {
    decision: { version, matched, steps, application, dryRun },
    record: decidedEntry(registration, decision),
    done: 0,
    person,
    accountWasEnabled: user.enabled,
  };
}

async function withoutUser({ audit, now }: RegistrationsDeps, registration: Registration): Promise<string> {
  if (now() - registration.time < youngMs) {
    throw new ServiceError('USER_NOT_YET_VISIBLE', 'Keycloak does not show the user yet', ids(registration));
  }
  await audit.record({ kind: 'skipped', ...ids(registration), because: 'the user is gone, or never came to be' });
  return 'user-gone';
}

async function carryOutPlan(
  { audit, closings, effects, metrics, now }: RegistrationsDeps,
  job: Job<'registrations'>,
  registration: Registration,
  { record, ...progress }: Progress,
): Promise<string> {
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
  const saved =
    record === undefined ? Promise.resolve() : job.save({ registration, progress: { ...progress, record } });
  const started = Promise.all([recorded, saved]);
  started.catch(() => undefined); // awaited below; a step that throws first must not leave it unhandled
  if (done === 0 && accountWasEnabled && disablesAccount(steps)) {
    await closings.claim(registration.eventId);
  }
  const lastClosing = steps.findLastIndex((step) => step.after === null && closesDoor(step));
  const occasion = (index: number): Occasion => ({
    registration,
    person,
    accountWasEnabled,
    application: decision.application,
    rule: matched,
    version,
    key: `${registration.eventId}/${index}`,
  });
  try {
    await carryOut({
      steps,
      done,
      occasion,
      effects,
      act: async (effects, why, step) => {
        if (step.uses === 'delete-user') {
          await started;
        }
        return act(effects, why, step);
      },
      onDone: async (step, change, count) => {
        if (count - 1 === lastClosing) {
          metrics.doorClosed(registration, now() - registration.time);
        }
        await started;
        await audit.record({
          kind: 'step',
          ...ids(registration),
          rule: matched,
          version,
          step: step.uses,
          outcome: change,
        });
        await job.save(withProgress(registration, { ...progress, done: count }, count === steps.length));
      },
    });
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

/** Finished jobs are kept for a while, to absorb repeats of their event, but without personal data. */
function withProgress(registration: Registration, progress: Progress, finished: boolean): RegistrationJob {
  if (!finished) {
    return { registration, progress };
  }
  const bare = { ...registration, username: null, email: null, firstName: null, lastName: null, ip: null };
  return { registration: bare, progress: { ...progress, person: null } };
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
