import { type Audit, idsOf } from '../jobs/audit.ts';
import type { Job, Lockouts, Progress } from '../jobs/payloads.ts';
import type { RuleRef } from '../rules/model.ts';
import type { Effects } from '../rules/steps/effects.ts';
import { isNew } from './age-guard.ts';
import { deletesAccount, ruleStopped } from './lockout-limit.ts';
import type { LockoutMetrics } from './lockout-metrics.ts';

interface PostponeDeps {
  readonly effects: Effects;
  readonly lockouts: Lockouts;
  readonly audit: Audit;
  readonly metrics: LockoutMetrics;
  readonly now: () => number;
}

/**
 * Postpones the job until its stopped rule runs again. If the rule would delete an account that is new, this service
 * disables it now: that keeps the person out, and can be undone. The plan is dropped. An operator may correct the rule
 * before it runs again, so the registration is then decided anew.
 * @param enabled whether the account works at this moment
 * @throws ServiceError RULE_STOPPED always
 */
export async function postpone(
  { audit, lockouts, effects, metrics, now }: PostponeDeps,
  job: Job<'registrations'>,
  rule: RuleRef,
  { decision, done, accountWasEnabled }: Progress,
  enabled: boolean,
): Promise<never> {
  const { registration } = job.data;
  const { steps, version } = decision;
  const disable = isNew(registration, now()) && steps.slice(done).some(deletesAccount);
  if (disable) {
    if (accountWasEnabled) {
      await lockouts.take(registration);
    }
    await effects.accounts.apply(registration, { kind: 'disable' });
    metrics.lockedOut(registration, now() - registration.time);
  }
  const because = `LOCKOUT_LIMIT_PER_MINUTE is reached${disable ? '; disabled until the rule runs again' : ''}`;
  await audit.record({ kind: 'stopped', ...idsOf(registration), rule, version, because });
  await job.save({ registration, stopped: { rule, disabled: accountWasEnabled && (disable || !enabled) } });
  throw ruleStopped(rule, registration);
}
