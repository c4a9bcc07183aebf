import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';

import type { Registered } from '../../jobs/payloads.ts';
import { ServiceError } from '../../platform/errors.ts';
import type { TopicRecord } from '../kafka/sealed-topic.ts';
import { redisError } from './errors.ts';
import type { RefusedSnapshots, SnapshotRefusal } from './refused-snapshots.ts';
import { markKey, type StateKeys, stateKeys } from './state-keys.ts';
import { type Change, readRecord } from './state-record.ts';
import * as scripts from './state-scripts.ts';

const DAY_MS = 86_400_000;

/** As long as an event may be repeated: finished jobs stay in the queue for seven days, and absorb repeats until then. */
export function keepMarksMs(maxAgeMs: number): number {
  return Math.max(maxAgeMs, 7 * DAY_MS) + DAY_MS;
}

const timed = z.looseObject({ time: z.number() });

export interface RememberedStateDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly keepMs: number;
  readonly now: () => number;
}

/**
 * What must not be forgotten besides approvals: Redis works with it, the compacted topic `vestibule.state` remembers it.
 *
 * A change is one script in Redis, which also notes it as unpublished. Kafka gets it a moment later, in the order of the
 * changes, so that no caller waits for Kafka. What the topic holds is therefore always a state that Redis had: the jobs
 * of a registration are there before it is there that the registration is finished.
 */
export class RememberedState {
  readonly keys: StateKeys;
  readonly #redis: Redis;
  readonly #now: () => number;
  /** How long a mark is kept after its registration, and the revision of what ended. */
  readonly #keepMs: number;

  constructor({ redis, prefix, keepMs, now }: RememberedStateDeps) {
    this.#redis = redis;
    this.keys = stateKeys(prefix);
    this.#keepMs = keepMs;
    this.#now = now;
  }

  async put(key: string, content: object): Promise<void> {
    const { contents, revisions, unpublished } = this.keys;
    await this.#run(scripts.putScript, [contents, revisions, unpublished], [this.#now(), key, JSON.stringify(content)]);
  }

  /** Remembers a job, unless the queue has it. @param queued where the queue keeps it */
  async putJobs(jobs: readonly { readonly key: string; readonly content: object; readonly queued: string }[]) {
    const { contents, revisions, unpublished } = this.keys;
    const commands = this.#redis.pipeline();
    for (const { key, content, queued } of jobs) {
      const touched = [contents, revisions, unpublished, queued];
      commands.eval(scripts.putJobScript, touched.length, ...touched, this.#now(), key, JSON.stringify(content));
    }
    await exec(commands, 'remember jobs');
  }

  async get(key: string): Promise<string | null> {
    return this.#asked('read the state', () => this.#redis.hget(this.keys.contents, key));
  }

  async drop(key: string): Promise<void> {
    const { contents, revisions, unpublished, sent, restored } = this.keys;
    await this.#run(scripts.dropScript, [contents, revisions, unpublished, sent, restored], [this.#now(), key]);
  }

  /** Changes what is known of an account. */
  async mark(
    what: 'claim' | 'take' | 'take-back' | 'let-go' | 'disabled' | 'finish',
    { realm, userId, time }: Registered,
    isNew: boolean,
  ): Promise<unknown> {
    const { contents, revisions, unpublished, complete, forget, open } = this.keys;
    return this.#run(
      scripts.markScript,
      [contents, revisions, unpublished, complete, forget, open(realm)],
      [this.#now(), markKey({ realm, userId }), what, time, this.#keepMs, isNew ? 'yes' : 'no', userId],
    );
  }

  /** Jobs for these registrations are about to be queued: one command, however many they are. */
  async open(registered: readonly (Registered & { readonly isNew: boolean })[]): Promise<unknown> {
    const { contents, complete, open } = this.keys;
    return this.#run(
      scripts.openScript,
      [contents, complete, ...registered.map(({ realm }) => open(realm))],
      registered.flatMap((who) => [markKey(who), who.time, who.isNew ? 'yes' : 'no', who.userId]),
    );
  }

  /**
   * When the person registered whose registration is not finished for longest; `null`: all are finished. Those from
   * before `since` count as finished.
   */
  async oldestOpen(realm: string, since: number): Promise<number | null> {
    const open = this.keys.open(realm);
    const [, score] = await this.#asked('find the oldest registration under way', async () => {
      await this.#redis.zremrangebyscore(open, '-inf', `(${since}`);
      return this.#redis.zrange(open, '0', '0', 'WITHSCORES');
    });
    return score === undefined ? null : Number(score);
  }

  /** Whether this Redis has read the whole topic. */
  async complete(): Promise<boolean> {
    return this.#asked('see whether the state is complete', async () => {
      return (await this.#redis.exists(this.keys.complete)) === 1;
    });
  }

  /** The oldest changes up to that time that the topic does not have. They count as sent from now on. */
  async take(until: number, limit: number): Promise<Change[]> {
    const { contents, revisions, unpublished, sent } = this.keys;
    const found = await this.#run(scripts.takeScript, [contents, revisions, unpublished, sent], [until, limit]);
    const texts = Array.isArray(found) ? found.map(String) : [];
    return Array.from({ length: texts.length / 3 }, (_, index) => {
      const [key = '', revision = '', content = ''] = texts.slice(index * 3, index * 3 + 3);
      return { key, revision, content: content === '' ? null : content };
    });
  }

  async confirm({ key, revision }: Change): Promise<void> {
    const { contents, revisions, unpublished, forget } = this.keys;
    await this.#run(
      scripts.confirmScript,
      [contents, revisions, unpublished, forget],
      [key, revision, this.#now() + this.#keepMs],
    );
  }

  /** Leaves a change unpublished until then, unless it changes before. */
  async postpone({ key, revision }: Change, until: number): Promise<void> {
    const { revisions, unpublished } = this.keys;
    await this.#run(scripts.postponeScript, [revisions, unpublished], [key, revision, until]);
  }

  /** When the oldest change was made that the topic does not have; `null`: it has all. */
  async oldestUnpublished(): Promise<number | null> {
    const [, score] = await this.#asked('find what is unpublished', () =>
      this.#redis.zrange(this.keys.unpublished, '0', '0', 'WITHSCORES'),
    );
    return score === undefined ? null : Number(score);
  }

  /** Ends what need not be known any longer. @returns how many there were */
  async forget(limit = 500): Promise<number> {
    const { contents, revisions, unpublished, sent, forget } = this.keys;
    const touched = [contents, revisions, unpublished, sent, forget];
    return Number(await this.#run(scripts.forgetScript, touched, [this.#now(), limit]));
  }

  /**
   * Keys of jobs that came back from the topic. While the topic is being read there are none: the tombstone of a job that
   * ended may come after its record. Redis says so itself, for this process may not have noticed yet.
   */
  async restored(limit = 500): Promise<string[]> {
    const { complete, restored } = this.keys;
    const found = await this.#run(scripts.restoredScript, [complete, restored], [limit]);
    return Array.isArray(found) ? found.map(String) : [];
  }

  async requeued(key: string): Promise<void> {
    await this.#asked('note a job as queued', () => this.#redis.srem(this.keys.restored, key));
  }

  /** Adds the commands that take over one record of the topic. */
  takeOver({ id, json, seal }: TopicRecord, refused: RefusedSnapshots, commands: ChainableCommander, now: number) {
    const { contents, revisions, unpublished, sent, restored, forget } = this.keys;
    const touched = [contents, revisions, unpublished, sent, restored, forget];
    const again = (): void => void commands.eval(scripts.againScript, 2, revisions, unpublished, id, now);
    const refuse = (why: SnapshotRefusal): void => {
      refused.note(why, id);
      again();
    };
    if (seal !== 'genuine' && seal !== 'older') {
      return refuse(seal);
    }
    if (json === null) {
      commands.eval(scripts.tombstoneScript, touched.length, ...touched, id);
      return undefined;
    }
    const record = readRecord(json);
    if (record === null) {
      return refuse('unreadable');
    }
    const content = JSON.stringify(record.state);
    const { data: mark } = id.startsWith('mark/') ? timed.safeParse(record.state) : {};
    const until = mark === undefined ? '' : mark.time + this.#keepMs;
    commands.eval(scripts.tailScript, touched.length, ...touched, id, record.revision, content, now, until);
    return seal === 'older' ? again() : undefined;
  }

  /** Adds the commands that make all of it go to the topic again. */
  fillTopic(commands: ChainableCommander): ChainableCommander {
    const { revisions, unpublished } = this.keys;
    return commands.eval(scripts.fillScript, 2, revisions, unpublished, this.#now());
  }

  #run(script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#asked('change the state', () => this.#redis.eval(script, keys.length, ...keys, ...args));
  }

  async #asked<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw redisError(cause, doing);
    }
  }
}

/** While Redis does not have all that Kafka remembers, not finding something says nothing. */
export function incomplete(): ServiceError {
  return new ServiceError('REDIS_UNAVAILABLE', 'Redis was emptied; the state is being read from Kafka again');
}

async function exec(commands: ChainableCommander, doing: string): Promise<void> {
  const results = await commands.exec().catch((cause: unknown) => {
    throw redisError(cause, doing);
  });
  const failed = results?.find(([error]) => error !== null)?.[0];
  if (failed) {
    throw redisError(failed, doing);
  }
}
