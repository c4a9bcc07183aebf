import { createAuditSpool } from '../../../adapters/redis/audit-spool.ts';
import { connectRedis } from '../../../adapters/redis/connect.ts';
import { createLog } from '../../../platform/log.ts';
import type { Probe } from '../diagnose.ts';
import { messageOf } from '../finding.ts';
import { redisAwayFinding, redisFindings } from '../redis.ts';

export function redisProbe({
  url,
  prefix,
  patienceMs,
  now,
}: {
  readonly url: string;
  /** Of the service's keys. */
  readonly prefix: string;
  readonly patienceMs: number;
  readonly now: () => number;
}): Probe {
  return {
    name: 'Redis',
    area: 'redis',
    async look(found) {
      let redis: Awaited<ReturnType<typeof connectRedis>>;
      try {
        redis = await connectRedis({ url, log: createLog('silent'), patienceMs });
      } catch (failure) {
        const cause = failure instanceof Error ? (failure.cause ?? failure) : failure;
        found(redisAwayFinding(messageOf(cause), new URL(url).host));
        return;
      }
      try {
        const asked = now();
        const [seconds, micros] = await redis.time();
        const answered = now();
        const at = Number(seconds) * 1_000 + Number(micros) / 1_000;
        const appendfsync = await redis.config('GET', 'appendfsync').then(
          (answer) => String((answer as readonly unknown[])[1]),
          () => null, // a user without that right, or a hosted Redis without CONFIG
        );
        found(
          ...redisFindings({
            info: await redis.info(),
            appendfsync,
            audit: await createAuditSpool(redis, prefix).backlog(),
            clock: { asked, answered, from: Math.floor(at), to: Math.ceil(at) },
          }),
        );
      } catch (failure) {
        if (!messageOf(failure).startsWith('NOPERM')) {
          throw failure;
        }
        found(redisAwayFinding(messageOf(failure), new URL(url).host));
      } finally {
        redis.disconnect();
      }
    },
  };
}
