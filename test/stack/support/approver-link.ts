import type { Redis } from 'ioredis';

import { createApprovalReader } from '../../../src/adapters/redis/approval-reader.ts';
import { Links, parseLinkKeys } from '../../../src/approvals/links.ts';
import type { UserRef } from '../../../src/ingest/registration.ts';
import type { TestService } from './service.ts';
import { until } from './until.ts';

/** The link of the first approver who is asked about a person, without waiting for the mail. */
export async function approverLink(
  { settings, url }: Pick<TestService, 'settings' | 'url'>,
  redis: Redis,
  { realm, userId }: Pick<UserRef, 'realm' | 'userId'>,
): Promise<{ readonly id: string; readonly link: string }> {
  const reader = createApprovalReader(redis, settings.REDIS_PREFIX);
  const [id = ''] = await until(
    `a request of ${userId}`,
    () => reader.ofUser(realm, userId),
    ({ length }) => length > 0,
  );
  const approval = await reader.get(id);
  if (approval === null) {
    throw new Error('the request is gone');
  }
  const token = new Links(parseLinkKeys(settings.LINK_KEYS)).tokenFor(approval, 0);
  return { id, link: `${url}/approvals/${token}` };
}
