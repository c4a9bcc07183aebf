import type { Redis } from 'ioredis';

import type { Outage, OutageStore, WaitingJob } from '../../jobs/outages.ts';
import type { QueueName } from '../../jobs/payloads.ts';

/** A probe that hangs with its instance keeps others from probing for so long. */
const longestProbeMs = 30_000;
/** What nobody ended is forgotten, such as jobs of a realm that no instance knows any more. */
const keptSeconds = 7 * 24 * 3_600;

const end = `
local jobs = redis.call('SMEMBERS', KEYS[2])
for _, job in ipairs(jobs) do redis.call('RPUSH', KEYS[3], job) end
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[1], ARGV[1])
return #jobs`;

/** Only if the outage is still there: another instance may have ended it. */
const confirm = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= 'suspect ' .. ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], 'confirmed ' .. ARGV[2])
return 1`;

/** In Redis, for all instances: a hash of outages, a set of waiting jobs for each, and the list of those to be woken. */
export function createOutageStore(redis: Redis, prefix: string): OutageStore {
  const outages = `${prefix}:outages`;
  const woken = `${prefix}:woken`;
  const waiting = (system: string): string => `${prefix}:waits-for:${system}`;
  const probe = (system: string): string => `${prefix}:probe:${system}`;
  return {
    async suspect(system, now, job) {
      const commands = redis.multi().hsetnx(outages, system, `suspect ${now}`);
      if (job !== undefined) {
        commands.sadd(waiting(system), nameOf(job)).expire(waiting(system), keptSeconds);
      }
      await commands.exec();
    },
    async list() {
      return Object.entries(await redis.hgetall(outages)).map(([system, value]) => outageOf(system, value));
    },
    claimProbe: async (system) => (await redis.set(probe(system), '1', 'PX', longestProbeMs, 'NX')) === 'OK',
    letGo: async (system, pauseMs) => void (await redis.pexpire(probe(system), Math.round(pauseMs))),
    confirm: async ({ system, since }) => (await redis.eval(confirm, 1, outages, system, since)) === 1,
    end: async (system) => Number(await redis.eval(end, 3, outages, waiting(system), woken, system)),
    drop: async (system) => void (await redis.multi().hdel(outages, system).del(waiting(system)).exec()),
    async takeWoken(most) {
      return ((await redis.lpop(woken, most)) ?? []).map(jobNamed);
    },
    giveBack: async (jobs) => void (await redis.rpush(woken, ...jobs.map(nameOf))),
  };
}

function outageOf(system: string, value: string): Outage {
  const [state, since] = value.split(' ');
  return { system, confirmed: state === 'confirmed', since: Number(since) };
}

function nameOf({ queue, id }: WaitingJob): string {
  return `${queue} ${id}`;
}

function jobNamed(name: string): WaitingJob {
  const at = name.indexOf(' ');
  return { queue: name.slice(0, at) as QueueName, id: name.slice(at + 1) };
}
