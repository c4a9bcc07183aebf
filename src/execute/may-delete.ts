import { type Audit, idsOf } from '../jobs/audit.ts';
import type { Job, Lockouts, Progress } from '../jobs/payloads.ts';
import { begun, inTime } from '../platform/begun.ts';
import type { RuleRef } from '../rules/model.ts';
import type { Effects } from '../rules/steps/effects.ts';
import type { LockoutMetrics } from './lockout-metrics.ts';
import { stepEntry } from './run-steps.ts';

interface MayDeleteDeps {
  readonly effects: Effects;
  readonly lockouts: Lockouts;
  readonly audit: Audit;
  readonly metrics: LockoutMetrics;
  readonly now: () => number;
}

/** The person is in until the deletion. If it has to wait for longer, a disable keeps the person out. */
const patienceMs = 1_000;

/**
 * A deletion waits until Kafka has what the audit says of it. If that takes long, or fails, this service disables the
 * account, and the job is tried again.
 * @param started resolves when the audit and the queue have the plan
 * @returns whether it disabled the account
 * @throws ServiceError AUDIT_UNAVAILABLE, or what `started` failed with
 */
export async function untilMayDelete(
  deps: MayDeleteDeps,
  job: Job<'registrations'>,
  rule: RuleRef,
  progress: Progress,
  started: Promise<unknown>,
): Promise<boolean> {
  const kept = begun(started.then(() => deps.audit.keptForGood(job.data.registration)));
  const late = !(await inTime(kept, patienceMs)) && progress.disabledInstead !== true;
  if (late) {
    await disableInstead(deps, job, rule, progress, started);
  }
  await kept;
  return late;
}

/** Marked as a disable of ours before it is done, as every lockout is. */
async function disableInstead(
  { audit, effects, lockouts, metrics, now }: MayDeleteDeps,
  job: Job<'registrations'>,
  rule: RuleRef,
  progress: Progress,
  started: Promise<unknown>,
): Promise<void> {
  const { registration } = job.data;
  if (progress.accountWasEnabled) {
    await lockouts.take(registration);
  }
  const outcome = await effects.accounts.apply(registration, { kind: 'disable' });
  metrics.lockedOut(registration, now() - registration.time);
  const { record, ...rest } = progress;
  const recorded = record === undefined || (await inTime(started, 0)); // recorded once, the next attempt does not repeat it
  const data = { ...rest, disabledInstead: true, ...(recorded ? {} : { record }) } as const;
  await job.save({ registration, progress: data });
  const because = 'the deletion waits until the audit has its entries for good';
  await audit.record({
    ...idsOf(registration),
    rule,
    version: progress.decision.version,
    ...stepEntry('disable-user', outcome),
    because,
  });
}
