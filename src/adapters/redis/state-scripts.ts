/**
 * A change of the state. Each is one step in Redis that also notes that the topic does not have it yet.
 *
 * Revisions grow with the clock, so that what Redis writes after a loss is newer than what the topic holds.
 */

/** KEYS: contents, revisions, unpublished. ARGV: now, then key and content by turns. */
const put = `
local function put(contents, revisions, unpublished, now, key, content)
  local revision = math.max(tonumber(redis.call('HGET', revisions, key) or 0) + 1, tonumber(now))
  redis.call('HSET', revisions, key, string.format('%.0f', revision))
  redis.call('HSET', contents, key, content)
  redis.call('ZADD', unpublished, now, key)
end
`;

/** What the topic never had needs no tombstone. */
const drop = `
local function drop(contents, revisions, unpublished, sent, now, key)
  if redis.call('HDEL', contents, key) == 0 then return end
  if redis.call('SISMEMBER', sent, key) == 1 then
    local revision = math.max(tonumber(redis.call('HGET', revisions, key) or 0) + 1, tonumber(now))
    redis.call('HSET', revisions, key, string.format('%.0f', revision))
    redis.call('ZADD', unpublished, now, key)
  else
    redis.call('HDEL', revisions, key)
    redis.call('ZREM', unpublished, key)
  end
end
`;

/** KEYS: contents, revisions, unpublished. ARGV: now, key, content. */
export const putScript = `${put}
put(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])
return 'done'`;

/**
 * A job is remembered before it is queued. If the queue has it, it is remembered already, or it has ended.
 * KEYS: contents, revisions, unpublished, the job in the queue. ARGV: now, key, content.
 */
export const putJobScript = `${put}
if redis.call('EXISTS', KEYS[4]) == 0 then put(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) end
return 'done'`;

/** KEYS: contents, revisions, unpublished, sent, restored. ARGV: now, key. */
export const dropScript = `${drop}
drop(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2])
redis.call('SREM', KEYS[5], ARGV[2])
return 'done'`;

/**
 * What is known of an account.
 * KEYS: contents, revisions, unpublished, complete, forget, open. ARGV: now, key, what, time, keep for, may be new, user.
 */
export const markScript = `${put}
local contents, revisions, unpublished, complete, forget, open = unpack(KEYS)
local now, key, what, time, keepFor, isNew, user = unpack(ARGV)
local held = redis.call('HGET', contents, key)
local mark = held and cjson.decode(held) or { time = tonumber(time) }
local answer = 'done'
if not held and (what == 'disabled' or what == 'take-back') then return 'known' end
if not held and isNew == 'no' and redis.call('EXISTS', complete) == 0 then return 'incomplete' end
if what == 'claim' then
  if mark.disabled or mark.finished then return 'known' end
  mark.disabled = 'claimed'
elseif what == 'take' then
  if mark.disabled == 'claimed' or mark.disabled == 'done' then return 'known' end
  mark.disabled = 'claimed'
elseif what == 'let-go' then
  if mark.disabled == 'released' then return 'done' end
  if mark.disabled == 'never' then return 'known' end
  answer = mark.disabled and 'done' or 'known'
  mark.disabled = mark.disabled and 'released' or 'never'
elseif what == 'take-back' then
  if mark.disabled ~= 'released' then return 'known' end
  mark.disabled = 'claimed'
elseif what == 'disabled' then
  if mark.disabled ~= 'claimed' then return 'known' end
  mark.disabled = 'done'
elseif what == 'finish' then
  redis.call('ZREM', open, user)
  if mark.finished then return 'known' end
  mark.finished = true
end
put(contents, revisions, unpublished, now, key, cjson.encode(mark))
redis.call('ZADD', forget, mark.time + keepFor, key)
return answer`;

/**
 * Registrations whose jobs are about to be queued, except for those that are finished.
 * KEYS: contents, complete, then each one's open. ARGV: for each one its key, time, may be new, user.
 */
export const openScript = `
for index = 3, #KEYS do
  local first = (index - 3) * 4 + 1
  local key, time, isNew, user = unpack(ARGV, first, first + 3)
  local held = redis.call('HGET', KEYS[1], key)
  if not held and isNew == 'no' and redis.call('EXISTS', KEYS[2]) == 0 then return 'incomplete' end
  if not held or not cjson.decode(held).finished then redis.call('ZADD', KEYS[index], 'NX', time, user) end
end
return 'done'`;

/**
 * The oldest changes that the topic does not have, with revision and content. They count as sent from now on.
 * KEYS: contents, revisions, unpublished, sent. ARGV: changed until, how many.
 */
export const takeScript = `
local found = {}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local revision = redis.call('HGET', KEYS[2], key)
  if revision then
    redis.call('SADD', KEYS[4], key)
    local content = redis.call('HGET', KEYS[1], key)
    table.insert(found, key)
    table.insert(found, revision)
    table.insert(found, content or '')
  else
    redis.call('ZREM', KEYS[3], key)
  end
end
return found`;

/**
 * The topic has that revision. The revision of what ended stays for a while: an older record that is repeated is then
 * known as older. KEYS: contents, revisions, unpublished, forget. ARGV: key, revision, forget at.
 */
export const confirmScript = `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'newer' end
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1]) end
return 'done'`;

/** A change waits, unless a newer one came. KEYS: revisions, unpublished. ARGV: key, revision, until. */
export const postponeScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'newer' end
redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[1])
return 'done'`;

/** What need not be known any longer. KEYS: contents, revisions, unpublished, sent, forget. ARGV: now, how many. */
export const forgetScript = `${drop}
local found = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(found) do
  redis.call('ZREM', KEYS[5], key)
  if redis.call('HEXISTS', KEYS[1], key) == 1 then
    drop(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], key)
  elseif not redis.call('ZSCORE', KEYS[3], key) then
    redis.call('HDEL', KEYS[2], key)
    redis.call('SREM', KEYS[4], key)
  end
end
return #found`;

/**
 * A record of the topic.
 * KEYS: contents, revisions, unpublished, sent, restored, forget. ARGV: key, revision, content, now, forget at or ''.
 */
export const tailScript = `
local contents, revisions, unpublished, sent, restored, forget = unpack(KEYS)
local key, revision, content, now, forgetAt = unpack(ARGV)
local held = tonumber(redis.call('HGET', revisions, key) or 0)
redis.call('SADD', sent, key)
if held == tonumber(revision) then
  redis.call('ZREM', unpublished, key)
elseif held > tonumber(revision) then
  redis.call('ZADD', unpublished, 'NX', now, key)
else
  redis.call('HSET', revisions, key, revision)
  redis.call('HSET', contents, key, content)
  redis.call('ZREM', unpublished, key)
  if string.sub(key, 1, 4) == 'job/' then redis.call('SADD', restored, key) end
  if forgetAt ~= '' then redis.call('ZADD', forget, forgetAt, key) end
end
return 'done'`;

/** Jobs that came back, once all of the topic is read. KEYS: complete, restored. ARGV: how many. */
export const restoredScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
return redis.call('SRANDMEMBER', KEYS[2], ARGV[1])`;

/** A tombstone of the topic. What Redis changed since follows it. KEYS as of a record. ARGV: key. */
export const tombstoneScript = `
local contents, revisions, unpublished, sent, restored, forget = unpack(KEYS)
if redis.call('ZSCORE', unpublished, ARGV[1]) or redis.call('HEXISTS', contents, ARGV[1]) == 0 then return 'done' end
redis.call('HDEL', contents, ARGV[1])
redis.call('HDEL', revisions, ARGV[1])
redis.call('SREM', sent, ARGV[1])
redis.call('SREM', restored, ARGV[1])
redis.call('ZREM', forget, ARGV[1])
return 'done'`;

/** Redis's own state of that key goes to the topic again, if there is one. KEYS: revisions, unpublished. ARGV: key, now. */
export const againScript = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) end
return 'done'`;

/** All of it goes to the topic again. KEYS: revisions, unpublished. ARGV: now. */
export const fillScript = `
for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do redis.call('ZADD', KEYS[2], 'NX', ARGV[1], key) end
return 'done'`;
