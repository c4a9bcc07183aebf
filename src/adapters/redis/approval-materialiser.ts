import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import type { ApprovalSnapshots, SnapshotBatch, SnapshotFollower, TopicRange } from '../kafka/approval-snapshots.ts';
import { type ApprovalKeys, approvalKeys } from './approval-keys.ts';
import { redisError } from './errors.ts';
import { RefusedSnapshots, type SnapshotRefusal } from './refused-snapshots.ts';
import { SnapshotTaker } from './snapshot-taker.ts';

export interface ApprovalMaterialiserDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly snapshots: ApprovalSnapshots;
  /** Id of the key that seals snapshots now. */
  readonly sealedWith: string;
  readonly log: Logger;
  /** Told of each record of the topic that is not believed. */
  readonly onRefused?: (why: SnapshotRefusal) => void;
  readonly checkEveryMs?: number;
}

/** A follower that found nothing for this long has read to the end, even if compaction took the last offsets away. */
const QUIET_MS = 10_000;

/**
 * Reads the approvals topic into Redis for as long as the service runs. Normally that finds nothing new, as changes are
 * in Redis first. It matters when Redis forgot something.
 *
 * The position in the topic is kept in Redis, beside the data: whatever Redis loses (all of it, the tail of its log, what
 * a replica had not got at a failover), it loses the position that goes with it. Each batch has to begin there; if it
 * does not, it is read from there. So no cause needs to be told from another.
 *
 * Each instance does this for itself. A revision is taken once, so that they do not disturb each other.
 */
export class ApprovalMaterialiser {
  readonly #deps: ApprovalMaterialiserDeps;
  readonly #keys: ApprovalKeys;
  readonly #refused: RefusedSnapshots;
  readonly #taker: SnapshotTaker;
  readonly #sought = new Map<number, bigint>();
  readonly #read = new Map<number, bigint>();
  #range: TopicRange = new Map();
  #follower: SnapshotFollower | null = null;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  #failing = false;
  #behind = true;
  #lastBatch = 0;
  #caughtUp: () => void = () => undefined;

  constructor(deps: ApprovalMaterialiserDeps) {
    this.#deps = deps;
    this.#keys = approvalKeys(deps.prefix);
    this.#refused = new RefusedSnapshots(deps.log, deps.onRefused ?? (() => undefined));
    this.#taker = new SnapshotTaker(this.#keys, this.#refused, (id, json) => deps.snapshots.publish(id, json));
  }

  /**
   * Resolves when Redis holds all that the topic held at the call.
   * @throws ServiceError KAFKA_UNAVAILABLE, REDIS_UNAVAILABLE
   */
  async start(): Promise<void> {
    const { snapshots, checkEveryMs = 1_000 } = this.#deps;
    this.#range = await snapshots.range();
    await this.#noticeLostTopic();
    await this.#noticeNewKey();
    this.#lastBatch = Date.now();
    this.#follower = snapshots.follow((batch) => this.#apply(batch));
    const ready = new Promise<void>((resolve) => (this.#caughtUp = resolve));
    this.#checking = this.#check();
    this.#timer = setInterval(() => {
      this.#checking = this.#checking.then(() => this.#check());
    }, checkEveryMs);
    await ready;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#checking;
    await this.#follower?.stop();
    this.#caughtUp();
  }

  /** False while approvals are being read again. */
  get ready(): boolean {
    return !this.#behind;
  }

  /** What the topic held that is not believed, since the start; `null`: nothing. */
  get refusals(): string | null {
    return this.#refused.detail;
  }

  async #apply({ partition, from, next, records }: SnapshotBatch): Promise<string | null> {
    const { redis } = this.#deps;
    const expected = this.#expected(partition, await redis.hget(this.#keys.offsets, String(partition)));
    const gone = BigInt(from) > expected && this.#sought.get(partition) === expected;
    if (BigInt(from) !== expected && !gone) {
      this.#sought.set(partition, expected);
      return String(expected);
    }
    this.#sought.delete(partition);
    const now = Date.now();
    const commands = redis.pipeline();
    await Promise.all(records.map((record) => this.#taker.take(record, commands, now)));
    commands.hset(this.#keys.offsets, String(partition), next);
    const results = (await commands.exec()) ?? [];
    const failed = results.find(([error]) => error !== null)?.[0];
    if (failed) {
      throw redisError(failed, 'keep approvals');
    }
    this.#read.set(partition, BigInt(next));
    this.#lastBatch = now;
    return null;
  }

  /** After a change of the first key, all of the topic is read again, and what an older key sealed is sealed anew. */
  async #noticeNewKey(): Promise<void> {
    const { redis, sealedWith, log } = this.#deps;
    try {
      const before = await redis.get(this.#keys.sealedWith);
      if (before !== null && before !== sealedWith) {
        log.info({ before, now: sealedWith }, 'another key seals approvals now; those in the topic are sealed anew');
        await redis.del(this.#keys.offsets);
      }
    } catch (error) {
      throw redisError(error, 'see which key sealed the approvals');
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
        this.#deps.log.warn({ err: error }, 'approvals cannot be compared with their topic');
      }
      this.#failing = true;
    }
  }

  async #compare(): Promise<void> {
    const { redis, snapshots, sealedWith, log } = this.#deps;
    const complete = (await redis.exists(this.#keys.complete)) === 1;
    const offsets = await redis.hgetall(this.#keys.offsets);
    if (!complete && !this.#behind) {
      log.error('Redis was emptied; approvals are read from Kafka again');
      this.#range = await snapshots.range();
      this.#behind = true;
      this.#lastBatch = Date.now();
    }
    for (const [partition, read] of this.#read) {
      const expected = this.#expected(partition, offsets[partition]);
      if (expected < read) {
        this.#read.set(partition, expected);
        this.#follower?.seek(partition, String(expected));
      }
    }
    if (this.#behind && this.#isCaughtUp(offsets)) {
      await redis
        .multi()
        .set(this.#keys.complete, new Date().toISOString())
        .set(this.#keys.sealedWith, sealedWith)
        .exec();
      log.info('approvals are complete');
      this.#behind = false;
      this.#caughtUp();
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
    const { redis, log } = this.#deps;
    const { offsets, unpublished, waiting, unsettled } = this.#keys;
    const stored = await redis.hgetall(offsets).catch((error: unknown) => {
      throw redisError(error, 'read the position in the approvals topic');
    });
    const lost = [...this.#range].filter(([partition, { end }]) => BigInt(stored[partition] ?? 0) > end);
    if (lost.length > 0) {
      log.error(
        { partitions: lost.map(([partition]) => partition) },
        'the approvals topic was made anew; it is filled again',
      );
      await redis
        .multi()
        .hdel(offsets, ...lost.map(([partition]) => String(partition)))
        .zunionstore(unpublished, 3, unpublished, waiting, unsettled, 'AGGREGATE', 'MIN')
        .exec();
    }
  }
}
