import type { Redis } from 'ioredis';

import type { Approval } from '../../approvals/approval.ts';
import { turnAt } from '../../approvals/who-is-asked.ts';
import type { ApprovalKeys } from './approval-keys.ts';

/** Settled approvals leave Redis after this; the topic keeps their last snapshot. */
const KEEP_SETTLED_MS = 90 * 86_400_000;

/**
 * One approval and all its indexes, at once. `next` is a change of ours, accepted only on the revision before it;
 * `tail` is what the topic says, accepted when it is newer.
 */
const put = `
local complete, one, ofUser, waiting, expiring, reminding, unasked, unsettled, unpublished = unpack(KEYS)
local mode, id, revision, json, phase = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local askedAt, expiresAt, turnAt, decidedAt, forgetAt, now, asked = unpack(ARGV, 6)
local held = tonumber(redis.call('HGET', one, 'revision') or 0)
if mode == 'next' then
  if redis.call('EXISTS', complete) == 0 then return 'incomplete' end
  if held ~= revision - 1 then return 'refused' end
elseif held == revision then
  redis.call('ZREM', unpublished, id)
  return 'same'
elseif held > revision then
  redis.call('ZADD', unpublished, 'NX', now, id)
  return 'older'
end
redis.call('HSET', one, 'revision', revision, 'json', json, 'ofUser', ofUser)
redis.call('ZREM', waiting, id)
redis.call('ZREM', expiring, id)
redis.call('ZREM', reminding, id)
redis.call('ZREM', unasked, id)
redis.call('ZREM', unsettled, id)
redis.call('SREM', ofUser, id)
if phase == 'waiting' then
  redis.call('SADD', ofUser, id)
  redis.call('ZADD', waiting, askedAt, id)
  redis.call('ZADD', expiring, expiresAt, id)
  if asked == 'no' then
    redis.call('ZADD', unasked, askedAt, id)
  elseif turnAt ~= '' then
    redis.call('ZADD', reminding, turnAt, id)
  end
elseif phase == 'decided' then
  redis.call('ZADD', unsettled, decidedAt, id)
else
  redis.call('PEXPIREAT', one, forgetAt)
end
if mode == 'next' then
  redis.call('ZADD', unpublished, now, id)
else
  redis.call('ZREM', unpublished, id)
end
return 'done'`;

/** The arguments of EVAL, so that a change of ours runs alone and the topic's records in one pipeline. */
export function putCommand(
  keys: ApprovalKeys,
  mode: 'next' | 'tail',
  approval: Approval,
  json: string,
  now: number,
): [script: string, keyCount: number, ...rest: (string | number)[]] {
  const { id, revision, state, settled, realm, userId, askedAt, expiresAt, decidedAt, waitFor } = approval;
  const phase = state === 'waiting' ? 'waiting' : settled ? 'settled' : 'decided';
  const touched = [
    keys.complete,
    keys.approval(id),
    keys.ofUser(realm, userId),
    keys.waiting,
    keys.expiring,
    keys.reminding,
    keys.unasked,
    keys.unsettled,
    keys.unpublished,
  ];
  const times = [askedAt, expiresAt, turnAt(approval) ?? '', decidedAt ?? now, forgetAt(approval), now];
  const asked = waitFor === null ? 'yes' : 'no';
  return [put, touched.length, ...touched, mode, id, revision, json, phase, ...times, asked];
}

const drop = `
local one = KEYS[1]
local ofUser = redis.call('HGET', one, 'ofUser')
if ofUser then redis.call('SREM', ofUser, ARGV[1]) end
redis.call('DEL', one)
for index = 2, #KEYS do redis.call('ZREM', KEYS[index], ARGV[1]) end
return 'done'`;

/** The arguments of EVAL that remove an approval: the topic has a tombstone for it. */
export function dropCommand(keys: ApprovalKeys, id: string): [script: string, keyCount: number, ...rest: string[]] {
  const { waiting, expiring, reminding, unasked, unsettled, unpublished } = keys;
  const touched = [keys.approval(id), waiting, expiring, reminding, unasked, unsettled, unpublished];
  return [drop, touched.length, ...touched, id];
}

const mark = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) end
return 'done'`;

/** The arguments of EVAL that have Redis's own state follow in the topic, if Redis has that approval. */
export function markCommand(
  keys: ApprovalKeys,
  id: string,
  now: number,
): [script: string, keyCount: number, ...rest: (string | number)[]] {
  return [mark, 2, keys.approval(id), keys.unpublished, id, now];
}

/** When Redis need not have it any longer, ms since 1970. */
export function forgetAt({ decidedAt, askedAt, expiresAt }: Approval): number {
  return Math.max(decidedAt ?? askedAt, expiresAt) + KEEP_SETTLED_MS;
}

/**
 * Whether Redis can have forgotten how it ended. Somebody who can write to the topic could repeat a genuine snapshot from
 * before the end; until then Redis has the later revision, and that one counts.
 */
export function isBeyondMemory({ settled, expiresAt }: Approval, now: number): boolean {
  return !settled && expiresAt + KEEP_SETTLED_MS < now;
}

/** Kafka has this revision. Answers with a newer one, which then has to follow: the topic's last word counts. */
const confirm = `
local held = tonumber(redis.call('HGET', KEYS[1], 'revision') or 0)
if held > tonumber(ARGV[2]) then return redis.call('HGET', KEYS[1], 'json') end
redis.call('ZREM', KEYS[2], ARGV[1])
return false`;

export async function confirmPublished(
  redis: Redis,
  keys: ApprovalKeys,
  { id, revision }: Approval,
): Promise<string | null> {
  const newer = await redis.eval(confirm, 2, keys.approval(id), keys.unpublished, id, revision);
  return typeof newer === 'string' ? newer : null;
}
