import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { createLockoutLimit } from '../adapters/redis/lockout-limit.ts';
import { ruleStoppedMails } from '../execute/effect-jobs.ts';
import { createGuards, type Guards } from '../execute/guards.ts';
import { type LockoutLimit, noLimit } from '../execute/lockout-limit.ts';
import { createProtection, type Protection, type ReportRefusal } from '../execute/protected-users.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

export interface WiredGuards {
  readonly guards: Guards;
  readonly protection: Protection;
  readonly limit: LockoutLimit;
  readonly report: ReportRefusal;
}

export function wireGuards(base: Base, storage: Storage, { privileges }: Keycloak): WiredGuards {
  const { config, log, metrics, now } = base;
  const report: ReportRefusal = ({ realm, userId }, refusal) => {
    metrics.refused(realm, refusal.guard);
    const level = refusal.guard === 'unconfirmable' ? 'error' : 'warn';
    log[level]({ realm, userId, ...refusal }, 'a guard keeps a rule from this person');
  };
  const protection = createProtection({
    privileges,
    users: config.PROTECTED_USERS,
    groups: config.PROTECTED_GROUPS,
    report,
  });
  const limit = wireLockoutLimit(base, storage);
  metrics.watchStoppedRules(() => limit.stopped());
  return { guards: createGuards({ protection, limit, now }), protection, limit, report };
}

function wireLockoutLimit({ config, log, rules, now }: Base, { redis, jobs }: Storage): LockoutLimit {
  const perMinute = config.LOCKOUT_LIMIT_PER_MINUTE;
  if (perMinute === 0) {
    return noLimit;
  }
  return createLockoutLimit({
    redis,
    prefix: config.REDIS_PREFIX,
    limit: perMinute,
    version: () => rules.current().version,
    now,
    async onStop(stopped) {
      log.error({ ...stopped, limit: perMinute }, 'a rule is stopped: it would lock out more people than it may');
      await jobs.add('mail', ruleStoppedMails(stopped, perMinute, config.ALERT_MAIL));
    },
  });
}
