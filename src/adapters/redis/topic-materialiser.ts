import type { ChainableCommander, Redis } from 'ioredis';
import type { Logger } from 'pino';

import type { SealedTopic, TopicBatch, TopicFollower, TopicRange, TopicRecord } from '../kafka/sealed-topic.ts';
import { redisError } from './errors.ts';

export interface TopicMaterialiserDeps {
  readonly redis: Redis;
  readonly topic: Pick<SealedTopic, 'range' | 'follow'>;
  /** What the topic holds, for the log. */
  readonly what: string;
  readonly keys: {
    /** There while this Redis has read the whole topic; gone when it was emptied. */
    readonly complete: string;
    /** Hash: partition of the topic → next offset to read. */
    readonly offsets: string;
    /** Name of the key in LINK_KEYS that sealed all that the topic holds. */
    readonly sealedWith: string;
    /** There after instances with different first keys ran side by side. */
    readonly sealsDiffer: string;
  };
  /** Id of the key that seals records now. */
  readonly sealedWith: string;
  /** Adds the commands of one record. Resolves when the topic has what must be in it before the record counts as read. */
  readonly take: (record: TopicRecord, commands: ChainableCommander, now: number) => Promise<void>;
  /** Adds the commands that make all that Redis holds go to the topic again. */
  readonly fillTopic: (commands: ChainableCommander) => ChainableCommander;
  readonly log: Logger;
  readonly checkEveryMs?: number;
}

/** A follower that found nothing for this long has read to the end, even if compaction took the last offsets away. */
const QUIET_MS = 10_000;

/**
 * Reads a compacted topic into Redis for as long as the service runs. Normally that finds nothing new, as changes are in
 * Redis first. It matters when Redis forgot something.
 *
 * The position in the topic is kept in Redis, beside the data: whatever Redis loses (all of it, the tail of its log, what
 * a replica had not got at a failover), it loses the position that goes with it. Each batch has to begin there; if it
 * does not, it is read from there. So no cause needs to be told from another.
 *
 * Each instance does this for itself. A revision is taken once, so that they do not disturb each other.
 */
export class TopicMaterialiser {
  readonly #deps: TopicMaterialiserDeps;
  readonly #sought = new Map<number, bigint>();
  readonly #read = new Map<number, bigint>();
  #range: TopicRange = new Map();
  #follower: TopicFollower | null = null;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #failing = false;
  #behind = true;
  #rangeIsOld = false;
  #lastBatch = 0;
  #stopped = false;
  #caughtUp: () => void = () => undefined;

  constructor(deps: TopicMaterialiserDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when Redis holds all that the topic held at the call, or when it is stopped. May be called again after a
   * failure.
   * @throws ServiceError KAFKA_UNAVAILABLE, REDIS_UNAVAILABLE
   */
  async start(): Promise<void> {
    const { topic, checkEveryMs = 1_000 } = this.#deps;
    this.#range = await topic.range();
    await this.#noticeLostTopic();
    await this.#noticeNewKey();
    if (this.#stopped) {
      return;
    }
    this.#lastBatch = Date.now();
    this.#follower = topic.follow((batch) => this.#apply(batch));
    const ready = new Promise<void>((resolve) => (this.#caughtUp = resolve));
    this.#checking = this.#check();
    this.#timer = setInterval(() => {
      this.#checking = this.#checking.then(() => this.#check());
    }, checkEveryMs);
    await ready;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#checking;
    await this.#follower?.stop();
    this.#caughtUp();
  }

  /** False while the topic is being read again. */
  get ready(): boolean {
    return !this.#behind;
  }

  async #apply({ partition, from, next, records }: TopicBatch): Promise<string | null> {
    const { redis, keys, take, what } = this.#deps;
    const expected = this.#expected(partition, await redis.hget(keys.offsets, String(partition)));
    const gone = BigInt(from) > expected && this.#sought.get(partition) === expected;
    if (BigInt(from) !== expected && !gone) {
      this.#sought.set(partition, expected);
      return String(expected);
    }
    this.#sought.delete(partition);
    const now = Date.now();
    const commands = redis.pipeline();
    await Promise.all(records.map((record) => take(record, commands, now)));
    commands.hset(keys.offsets, String(partition), next);
    const results = (await commands.exec()) ?? [];
    const failed = results.find(([error]) => error !== null)?.[0];
    if (failed) {
      throw redisError(failed, `keep ${what}`);
    }
    this.#read.set(partition, BigInt(next));
    this.#lastBatch = now;
    return null;
  }

  /**
   * After a change of the first key, all of the topic is read again, and what an older key sealed is sealed anew. The
   * same goes for what instances with the older key sealed while others had the new one.
   */
  async #noticeNewKey(): Promise<void> {
    const { redis, keys, sealedWith, what, log } = this.#deps;
    try {
      const before = await redis.get(keys.sealedWith);
      const differed = (await redis.exists(keys.sealsDiffer)) === 1;
      if (differed || (before !== null && before !== sealedWith)) {
        log.info({ what, before, now: sealedWith }, 'another key seals now; what is in the topic is sealed anew');
        await redis.del(keys.offsets, keys.sealsDiffer);
      }
    } catch (error) {
      throw redisError(error, `see which key sealed the ${what}`);
    }
  }

  /** Where Redis has to go on; a topic that begins later has nothing before that. */
  #expected(partition: number, stored: string | null | undefined): bigint {
    const first = this.#range.get(partition)?.first ?? 0n;
    const position = BigInt(stored ?? 0);
    return position > first ? position : first;
  }

  /** Notices a Redis that lost something while nothing was written, and the end of a catching up. */
  async #check(): Promise<void> {
    try {
      await this.#compare();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        this.#deps.log.warn({ what: this.#deps.what, err: error }, 'Redis cannot be compared with a compacted topic');
      }
      this.#failing = true;
    }
  }

  async #compare(): Promise<void> {
    const { redis, topic, keys, sealedWith, what, log } = this.#deps;
    const complete = (await redis.exists(keys.complete)) === 1;
    if (!complete && !this.#behind) {
      log.error({ what }, 'Redis was emptied; what Kafka remembers is read again');
      this.#behind = true;
      this.#rangeIsOld = true;
    }
    if (this.#rangeIsOld) {
      this.#range = await topic.range();
      this.#rangeIsOld = false;
      this.#lastBatch = Date.now();
    }
    await this.#noticeOtherSeals();
    const offsets = await redis.hgetall(keys.offsets);
    for (const [partition, read] of this.#read) {
      const expected = this.#expected(partition, offsets[partition]);
      if (expected < read) {
        this.#read.set(partition, expected);
        this.#follower?.seek(partition, String(expected));
      }
    }
    if (this.#behind && this.#isCaughtUp(offsets)) {
      await redis.multi().set(keys.complete, new Date().toISOString()).set(keys.sealedWith, sealedWith).exec();
      log.info({ what }, 'Redis has all that Kafka remembers');
      this.#behind = false;
      this.#caughtUp();
    }
  }

  /** The position in the topic is shared, so an instance with a newer key may never see what this one seals meanwhile. */
  async #noticeOtherSeals(): Promise<void> {
    const { redis, keys, sealedWith } = this.#deps;
    const latest = this.#behind ? null : await redis.get(keys.sealedWith);
    if (latest !== null && latest !== sealedWith) {
      await redis.set(keys.sealsDiffer, sealedWith);
    }
  }

  #isCaughtUp(offsets: Record<string, string>): boolean {
    const consuming = this.#follower?.consuming() === true;
    this.#lastBatch = consuming ? this.#lastBatch : Date.now();
    const atEnd = [...this.#range].every(
      ([partition, { end }]) => this.#expected(partition, offsets[partition]) >= end,
    );
    return atEnd || (consuming && Date.now() - this.#lastBatch > QUIET_MS);
  }

  /** A topic that ends before Redis's position was made anew: what Redis holds has to go there again. */
  async #noticeLostTopic(): Promise<void> {
    const { redis, keys, what, fillTopic, log } = this.#deps;
    const stored = await redis.hgetall(keys.offsets).catch((error: unknown) => {
      throw redisError(error, `read the position in the topic of ${what}`);
    });
    const lost = [...this.#range].filter(([partition, { end }]) => BigInt(stored[partition] ?? 0) > end);
    if (lost.length > 0) {
      const partitions = lost.map(([partition]) => partition);
      log.error({ what, partitions }, 'a compacted topic was made anew; it is filled again');
      await fillTopic(redis.multi().hdel(keys.offsets, ...partitions.map(String))).exec();
    }
  }
}
