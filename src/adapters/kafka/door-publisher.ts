import type { Logger } from 'pino';

import type { PolicyRef } from '../../ingest/registration.ts';
import { backoff } from '../../platform/backoff.ts';
import { createRepeats } from '../../platform/repeats.ts';
import { dutyOf } from '../../rules/door/duty.ts';
import { Followed } from '../../rules/door/followed.ts';
import { type SignedRecord, TopicState } from '../../rules/door/topic-state.ts';
import { type Packed, recordsOf, signPart } from '../../rules/door/wire.ts';
import { DoorSupport, type Supporters } from './door-support.ts';
import type { DoorFollower, DoorTopic } from './door-topic.ts';
import { isRefusedRecord } from './topic-writer.ts';

export interface DoorPublisherDeps {
  readonly topic: DoorTopic;
  /** Its name, which is signed as well. */
  readonly name: string;
  /** The first signs. */
  readonly signingKeys: readonly [string, ...string[]];
  /** The policy of the rules in force; the same object for as long as they are. */
  readonly own: () => Packed;
  readonly supporters: Supporters;
  /** Makes the topic, if it is gone. */
  readonly makeTopic: () => Promise<void>;
  readonly log: Logger;
  readonly onRefused?: () => void;
  readonly now?: () => number;
  readonly pauses?: Pauses;
}

interface Pauses {
  /** Between two looks at the rules. */
  readonly look: number;
  /** Between two looks whether the topic lost something, and who is alive. */
  readonly check: number;
  /** After what did not help the first time. */
  readonly again: number;
}

export interface DoorState {
  /** Of the policy on the topic; `null`: there is none, or it was not read yet. */
  readonly inForce: string | null;
  /** Of the rules in force here. */
  readonly own: string;
  /** Whether both are the same policy, and the topic has it. */
  readonly agrees: boolean;
}

const usualPauses: Pauses = { look: 200, check: 5_000, again: 2_000 };
const longestRestMs = 300_000;

/**
 * Keeps the policy of the rules in force on the topic of the door. Nothing waits for it. While Kafka is away, it tries
 * again until Kafka is back. What does not help is repeated ever more slowly: an instance with another signing key
 * would undo it each time.
 */
export class DoorPublisher {
  readonly #deps: DoorPublisherDeps;
  readonly #state: TopicState;
  readonly #pauses: Pauses;
  readonly #followed = new Followed();
  readonly #repeats = createRepeats();
  readonly #support: DoorSupport;
  #follower: DoorFollower | null = null;
  /** Whether all was read that the topic held at the start. */
  #knowsAll = false;
  #announced: Packed | null = null;
  #own: Packed | null = null;
  #sequence = 0;
  #writes = 0;
  #restUntil = 0;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #supportedAt = Number.NEGATIVE_INFINITY;
  #yieldedTo: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;

  constructor(deps: DoorPublisherDeps) {
    this.#deps = deps;
    this.#state = new TopicState(deps.name, deps.signingKeys);
    this.#support = new DoorSupport(deps.supporters);
    this.#pauses = deps.pauses ?? usualPauses;
  }

  /** Begins to read the topic. May be called again after a failure. @throws ServiceError KAFKA_UNAVAILABLE */
  async start(): Promise<void> {
    const { topic } = this.#deps;
    const { first, end } = (await topic.range()) ?? { first: 0n, end: 0n };
    this.#knowsAll = first === end;
    this.#follower = topic.follow((records, next) => {
      for (const record of records) {
        this.#take(record);
      }
      this.#followed.read(next);
      this.#knowsAll ||= next >= end;
    });
    this.#timer = setInterval(() => void this.look(), this.#pauses.look);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#follower?.stop();
  }

  get state(): DoorState {
    const own = this.#deps.own();
    const { inForce } = this.#state;
    const agrees = inForce?.json === own.json && this.#state.missing().length === 0;
    return { inForce: inForce?.version ?? null, own: own.version, agrees };
  }

  /**
   * The version of the policy in force, where an instance that is alive has those rules and this one has others.
   * `null`: this instance has them, or nobody has who is alive, or it is not known yet.
   */
  get otherRules(): string | null {
    const { inForce } = this.#state;
    const differs = this.#knowsAll && inForce !== null && inForce.version !== this.#deps.own().version;
    return differs && this.#support.has(inForce) ? inForce.version : null;
  }

  /** Whether Keycloak had a policy of other rules that is still to be read here. */
  awaits(policy: PolicyRef): boolean {
    const own = this.#deps.own().version;
    return this.#followed.awaits(policy, { own, inForce: this.#state.inForce, now: this.#now() });
  }

  /** Does what there is to do now. Never fails: the next look tries again. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#note(error))
      .finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    if (!this.#knowsAll) {
      return;
    }
    const own = this.#deps.own();
    if (own !== this.#own) {
      this.#own = own;
      this.#rest(0);
      this.#checkedAt = Number.NEGATIVE_INFINITY;
      this.#supportedAt = Number.NEGATIVE_INFINITY;
      this.#support.forget();
    }
    const now = this.#now();
    // Also while it rests, and before Kafka is asked: an instance that nobody hears of counts as gone.
    if (now - this.#supportedAt >= this.#pauses.check) {
      this.#supportedAt = now;
      await this.#support.check(own, this.#state.inForce);
    }
    if (now >= this.#restUntil && now - this.#checkedAt >= this.#pauses.check) {
      this.#checkedAt = now;
      await this.#checkTopic();
    }
    if (now >= this.#restUntil) {
      await this.#doDuty(own);
    }
  }

  async #doDuty(own: Packed): Promise<void> {
    const { inForce } = this.#state;
    const missing = this.#state.missing();
    const supported = inForce === null || this.#support.has(inForce);
    const duty = dutyOf({ own, announced: this.#announced, inForce, missing, supported });
    if (duty.kind === 'publish') {
      return this.#publish(own);
    }
    if (duty.kind === 'restore') {
      await this.#write(duty.records);
      this.#deps.log.warn({ version: inForce?.version }, 'the topic had lost the door policy; it has it again');
      return undefined;
    }
    this.#announced = own;
    if (duty.kind === 'yield' && this.#yieldedTo !== inForce?.sequence) {
      const versions = { inForce: inForce?.version, own: own.version };
      this.#deps.log.warn(versions, 'the door policy in force is of an instance with other rules');
    }
    this.#yieldedTo = duty.kind === 'yield' ? (inForce?.sequence ?? null) : null;
    if (this.#now() - this.#restUntil > longestRestMs) {
      this.#writes = 0; // what was written last has held
    }
    return undefined;
  }

  async #publish(own: Packed): Promise<void> {
    const { name, signingKeys, log } = this.#deps;
    this.#sequence = Math.max(this.#now(), this.#sequence + 1, (this.#state.inForce?.sequence ?? 0) + 1);
    const records = recordsOf(own, this.#sequence);
    if (records === null) {
      log.error({ version: own.version }, 'the door policy is too long for Keycloak; the last one stays in force');
      this.#restUntil = this.#now() + longestRestMs;
      return;
    }
    await this.#write(records.map((part) => ({ ...part, signature: signPart(name, part, signingKeys[0]) })));
    this.#announced = own;
    this.#support.forget();
    const { version } = own;
    log.info({ version, sequence: this.#sequence, parts: records.length }, 'the door policy is published');
  }

  /** Waits before the next write until these records were read, and longer with each write that did not help. */
  async #write(records: readonly SignedRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.#deps.topic.write(record)));
    this.#writes += 1;
    this.#rest(backoff(this.#writes, { firstMs: this.#pauses.again, maxMs: longestRestMs }));
  }

  async #checkTopic(): Promise<void> {
    const at = this.#now();
    const range = await this.#deps.topic.range();
    this.#followed.sawEnd(range?.end ?? 0n, at);
    if (range === null) {
      await this.#deps.makeTopic();
    }
    this.#state.keep(range?.first ?? 0n, range?.end ?? 0n);
  }

  #take(record: Parameters<TopicState['take']>[0]): void {
    if (!this.#state.take(record)) {
      this.#deps.onRefused?.();
      const told = this.#repeats('refused');
      if (told !== null) {
        const details = { topic: this.#deps.name, key: record.key, ...told };
        this.#deps.log.warn(details, 'a record of the door topic has no signature of ours');
      }
    }
  }

  #note(error: unknown): void {
    this.#restUntil = this.#now() + (isRefusedRecord(error) ? longestRestMs : this.#pauses.again);
    const told = this.#repeats(String(error));
    if (told !== null) {
      this.#deps.log.error({ err: error, ...told }, 'the door policy cannot be published; it is tried again');
    }
  }

  #rest(ms: number): void {
    this.#writes = ms === 0 ? 0 : this.#writes;
    this.#restUntil = this.#now() + ms;
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)();
  }
}
