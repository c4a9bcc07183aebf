import { createFloodAlarm } from '../adapters/redis/flood-alarm.ts';
import { type FloodAlarm, floodMails, noAlarm } from '../execute/flood-alarm.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

/** Tells operators when a rule asks approvers about very many people. */
export function wireFloodAlarm(
  { config, log, metrics, now }: Base,
  { redis, jobs }: Pick<Storage, 'redis' | 'jobs'>,
): FloodAlarm {
  const limit = config.FLOOD_ALARM_PER_HOUR;
  if (limit === 0) {
    return noAlarm;
  }
  const alarm = createFloodAlarm({
    redis,
    prefix: config.REDIS_PREFIX,
    limit,
    now,
    log,
    async onFlood(flood) {
      log.error({ ...flood, limit }, 'a rule asks approvers about very many people');
      await jobs.add('mail', floodMails(flood, limit, config.ALERT_MAIL));
    },
  });
  metrics.watchFloods(() => alarm.floods());
  return alarm;
}
