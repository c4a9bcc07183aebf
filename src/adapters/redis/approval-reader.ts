import type { Redis } from 'ioredis';

import type { ApprovalStore } from '../../approvals/approval.ts';
import type { ApprovalLists, Listed } from '../../approvals/review.ts';
import { approvalKeys } from './approval-keys.ts';
import { redisError } from './errors.ts';
import { parseSnapshot } from './snapshot.ts';

/**
 * Approvals as Redis has them, for a reader beside the service. It publishes nothing, and waits for nothing.
 * @throws ServiceError APPROVAL_UNREADABLE, REDIS_UNAVAILABLE
 */
export function createApprovalReader(
  redis: Redis,
  prefix: string,
): Pick<ApprovalStore, 'get' | 'ofUser'> & ApprovalLists {
  const keys = approvalKeys(prefix);
  const asked = async <T>(command: Promise<T>): Promise<T> =>
    command.catch((error: unknown) => {
      throw redisError(error, 'read an approval');
    });
  async function listed(key: string, limit: number): Promise<Listed> {
    const [ids, total] = await Promise.all([asked(redis.zrange(key, '0', String(limit - 1))), asked(redis.zcard(key))]);
    return { ids, total };
  }
  return {
    waiting: (limit) => listed(keys.waiting, limit),
    unsettled: (limit) => listed(keys.unsettled, limit),
    async get(id) {
      const json = await asked(redis.hget(keys.approval(id), 'json'));
      return json === null ? null : parseSnapshot(json);
    },
    ofUser: (realm, userId) => asked(redis.smembers(keys.ofUser(realm, userId))),
  };
}
