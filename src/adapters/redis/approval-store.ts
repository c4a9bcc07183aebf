import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import type { Approval, ApprovalStore, Seen } from '../../approvals/approval.ts';
import { forEach } from '../../platform/each.ts';
import { isServiceError, ServiceError } from '../../platform/errors.ts';
import { type ApprovalKeys, approvalKeys } from './approval-keys.ts';
import { confirmPublished, putCommand } from './approval-scripts.ts';
import { redisError } from './errors.ts';
import { parseSnapshot } from './snapshot.ts';

export interface ApprovalStoreDeps {
  readonly redis: Redis;
  readonly prefix: string;
  /** Resolves when Kafka has the snapshot. */
  readonly publish: (id: string, json: string) => Promise<void>;
  readonly log: Logger;
  readonly now?: () => number;
}

/** A change that is published meanwhile by the caller that made it needs no help; one this old does. */
const STUCK_AFTER_MS = 5_000;
const REPUBLISHED_AT_ONCE = 16;

/**
 * Approvals: Redis decides who wins and answers questions, the compacted topic remembers.
 *
 * A change is one script in Redis (compare the revision, write, mark as unpublished), then a record in Kafka, then the
 * mark is taken away. So, wherever it breaks:
 *
 * | broken off                          | what is then                                                                |
 * |-------------------------------------|-----------------------------------------------------------------------------|
 * | before the script, or refused       | nothing has happened                                                        |
 * | script ran, its answer was lost     | the change stands, marked; who repeats meets the new revision               |
 * | before Kafka has it                 | marked: `get` publishes it before it shows it, `republish` in the background |
 * | Kafka has it, mark still there      | published once more; readers take a revision once                           |
 * | Redis forgets it, Kafka has it      | the materialiser brings it back                                             |
 * | Redis forgets it, Kafka never had it| nobody has seen it or acted upon it: it never was                           |
 *
 * A writer that was held up may publish an older revision after a newer one. It learns so from `confirmPublished` and
 * sends the newer one after it; if it dies in between, the materialiser reads the older one as the topic's last word and
 * marks the approval. Compaction leaves both alone for a day (`min.compaction.lag.ms`).
 *
 * Answers nothing (REDIS_UNAVAILABLE) while Redis was emptied and is not rebuilt: not finding an approval would ask the
 * approvers a second time.
 *
 * The topic keeps the last snapshot of every approval for good. A tombstone with an approval's id as key removes it, if it
 * is sealed as the snapshots are.
 */
export class RedisApprovalStore implements ApprovalStore {
  readonly #deps: ApprovalStoreDeps;
  readonly #keys: ApprovalKeys;
  readonly #now: () => number;

  constructor(deps: ApprovalStoreDeps) {
    this.#deps = deps;
    this.#keys = approvalKeys(deps.prefix);
    this.#now = deps.now ?? Date.now;
  }

  async open(approval: Approval): Promise<boolean> {
    if (await this.#change(approval)) {
      return true;
    }
    // The one that is there may be our own, from an attempt that got no further than Redis.
    await this.get(approval.id);
    return false;
  }

  async get(id: string): Promise<Approval | null> {
    const seen = await this.see(id);
    return seen === null || seen.recorded ? (seen?.approval ?? null) : this.#publish(seen.approval);
  }

  async see(id: string): Promise<Seen | null> {
    const [json, marked] = await this.#ask('read an approval', (redis) =>
      redis.hget(this.#keys.approval(id), 'json').zscore(this.#keys.unpublished, id),
    );
    const approval = typeof json === 'string' ? parseSnapshot(json) : null;
    // Its outcome is executed only after Kafka has it. That it is settled may still be on its way.
    return approval && { approval, recorded: marked === null || approval.settled };
  }

  replace(next: Approval): Promise<boolean> {
    return this.#change(next);
  }

  async ofUser(realm: string, userId: string): Promise<readonly string[]> {
    const [ids] = await this.#ask('find approvals', (redis) => redis.smembers(this.#keys.ofUser(realm, userId)));
    return texts(ids);
  }

  async due(now: number, graceMs: number, limit: number): Promise<readonly string[]> {
    const { expiring, unsettled } = this.#keys;
    // Expired ones first: handled, they leave this list, while unsettled ones that cannot be settled stay.
    const [expired, unfinished] = await this.#ask('find due approvals', (redis) =>
      redis
        .zrangebyscore(expiring, '-inf', now, 'LIMIT', 0, limit)
        .zrangebyscore(unsettled, '-inf', now - graceMs, 'LIMIT', 0, limit),
    );
    const named = texts(expired);
    const again = texts(unfinished).slice(0, limit - named.length);
    await this.#endTurn(unsettled, again, now);
    return [...named, ...again];
  }

  async remindable(now: number, limit: number): Promise<readonly string[]> {
    const [ids] = await this.#ask('find approvals to remind of', (redis) =>
      redis.zrangebyscore(this.#keys.reminding, '-inf', now, 'LIMIT', 0, limit),
    );
    return texts(ids);
  }

  async unasked(now: number, limit: number): Promise<readonly string[]> {
    const { unasked } = this.#keys;
    const [ids] = await this.#ask('find approvals that nobody is asked about yet', (redis) =>
      redis.zrangebyscore(unasked, '-inf', '+inf', 'LIMIT', 0, limit),
    );
    await this.#endTurn(unasked, texts(ids), now);
    return texts(ids);
  }

  /** Those that had their turn come after all others. Those that left meanwhile stay away. */
  async #endTurn(turns: string, ids: readonly string[], now: number): Promise<void> {
    if (ids.length > 0) {
      const members = ids.flatMap((id) => [String(now), id]);
      await this.#ask('end the turn of approvals', (redis) => redis.zadd(turns, 'XX', ...members));
    }
  }

  /** Publishes what a crash or an outage kept from Kafka; says how many there were. */
  async republish(limit = 100): Promise<number> {
    const [ids] = await this.#ask('find unpublished approvals', (redis) =>
      redis.zrangebyscore(this.#keys.unpublished, '-inf', this.#now() - STUCK_AFTER_MS, 'LIMIT', 0, limit),
    );
    await forEach(texts(ids), REPUBLISHED_AT_ONCE, async (id) => {
      try {
        if ((await this.get(id)) === null) {
          await this.#deps.redis.zrem(this.#keys.unpublished, id);
        }
      } catch (error) {
        if (!isServiceError(error, 'APPROVAL_UNREADABLE')) {
          throw error;
        }
        this.#deps.log.error({ approval: id, because: error.message }, 'an approval cannot be published');
      }
    });
    return texts(ids).length;
  }

  async #change(next: Approval): Promise<boolean> {
    const json = JSON.stringify(next);
    const outcome = await this.#deps.redis
      .eval(...putCommand(this.#keys, 'next', next, json, this.#now()))
      .catch((error: unknown) => {
        throw redisError(error, 'change an approval', { approval: next.id });
      });
    if (outcome === 'incomplete') {
      throw incomplete();
    }
    if (outcome !== 'done') {
      return false;
    }
    await this.#publish(next);
    return true;
  }

  /** Until the topic's last word is what Redis holds; resolves with that. */
  async #publish(approval: Approval): Promise<Approval> {
    const { redis, publish, log } = this.#deps;
    for (let current = approval; ;) {
      await publish(current.id, JSON.stringify(current));
      const newer = await confirmPublished(redis, this.#keys, current).catch((error: unknown) => {
        log.warn({ err: error, approval: current.id }, 'an approval is published but still marked; it will be again');
        return null;
      });
      const next = newer === null ? null : parseSnapshot(newer);
      if (next === null) {
        return current;
      }
      current = next;
    }
  }

  /** Runs reads as one, and only on a Redis that has read the whole topic. */
  async #ask(doing: string, commands: (redis: ReturnType<Redis['multi']>) => ReturnType<Redis['multi']>) {
    const results = await commands(this.#deps.redis.multi().exists(this.#keys.complete))
      .exec()
      .catch((error: unknown) => {
        throw redisError(error, doing);
      });
    const [complete, ...answers] = (results ?? []).map(([error, answer]) => {
      if (error !== null) {
        throw redisError(error, doing);
      }
      return answer;
    });
    if (complete !== 1) {
      throw incomplete();
    }
    return answers;
  }
}

function incomplete(): ServiceError {
  return new ServiceError('REDIS_UNAVAILABLE', 'Redis was emptied; approvals are being read from Kafka again');
}

function texts(ids: unknown): string[] {
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}
