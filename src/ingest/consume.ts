import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

import { backoff } from '../platform/backoff.ts';
import { isServiceError, type ServiceError } from '../platform/errors.ts';
import { decode, inRealm } from './decode.ts';
import type { RealmRef } from './decoded-event.ts';
import type { Proof, Refusal, Registration, UserEvent } from './registration.ts';
import { createFloodNotice, createUnprovenGate, type UnprovenLimit, usualLimit } from './unproven.ts';

/** One record of the events topic. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  /** `null`: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

export type RecordHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/**
 * Handles records of one partition, in order. They count as done when its promise resolves. Until then they come again,
 * to this or to another instance. `signal` asks it to give up instead of trying again: the service stops, or the
 * partition now belongs to another instance.
 */
export type BatchHandler = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<void>;

/** Where events come from: Kafka, or an array in a test. */
export interface EventSource {
  /** Resolves when records can arrive. Tries until then. Several partitions are handled at once. */
  start(onBatch: BatchHandler): Promise<void>;
  /** Lets handlers finish what they can, commits that, then leaves the group. */
  stop(): Promise<void>;
  health(): SourceHealth;
}

export interface SourceHealth {
  readonly state: 'connecting' | 'consuming' | 'stopped';
  /** Records behind the end of the topic, in the partitions of this instance. */
  readonly lag: number;
  readonly lastError: string | null;
}

type Refused = Refusal & { readonly kind: 'refused' };

export interface IngestDeps {
  /** Called for each registration that something proves, before its job is enqueued. Must not throw. */
  readonly onRegistered: (registration: Registration, proof: Proof) => void;
  /** Called with what the door refused, as far as something proves it. Must not throw; nothing waits for long. */
  readonly onRefused?: (refusals: readonly Refusal[]) => Promise<void>;
  /** Resolves when the jobs of these events are durable. The same events may come again. */
  readonly enqueue: (events: readonly UserEvent[]) => Promise<void>;
  /** Resolves when the record is kept in the dead-letter topic. */
  readonly sendToDeadLetters: (record: IncomingRecord, error: ServiceError) => Promise<void>;
  /** @throws ServiceError REALM_UNKNOWN when no realm has that id */
  readonly realmName: (id: string) => Promise<string>;
  readonly log: Logger;
  /** What proves a registration in this record; `null`: nothing does. */
  readonly proofOf: (record: IncomingRecord) => Proof | null;
  /** Counts what became of the records of each batch. */
  readonly count?: (outcome: 'enqueued' | 'refused' | 'dead-letter' | 'ignored' | 'dropped', records: number) => void;
  /** Whether any rule is for that realm. What nothing proves is passed over elsewhere, and does not count as a flood. */
  readonly concerns?: (realm: string) => boolean;
  /** Whether genuine records are signed: what nothing proves may then be dropped beyond the limit. Else it is held back. */
  readonly signed: boolean;
  readonly unproven?: UnprovenLimit;
  readonly now?: () => number;
  /** ms to wait before the nth repeat. */
  readonly waitMs?: (attempt: number) => number;
}

/**
 * Makes jobs of records. An event that matters is enqueued, a record that cannot be read is a dead letter, and all
 * others are ignored. Resolves when jobs and dead letters are durable. If another system is away, it tries again until
 * that system is back. The source waits meanwhile.
 *
 * A flood of records that nothing proves is held back: it comes to the queue no faster than the limit, so that it fills
 * neither Redis nor Keycloak. Where genuine records are signed, it is dropped instead, so that those do not wait for it.
 * Nothing else is skipped.
 */
export function createIngest(deps: IngestDeps): BatchHandler {
  const { concerns = () => true, count, log, now = Date.now, proofOf, signed, unproven = usualLimit } = deps;
  const wait = createUnprovenGate(unproven, now);
  const noticeFlood = createFloodNotice(log, now);

  async function read(
    record: IncomingRecord,
    signal: AbortSignal,
  ): Promise<UserEvent | Refused | 'ignored' | 'dropped'> {
    if (record.value === null) {
      return 'ignored';
    }
    const decoded = decode(record.value);
    if (decoded.kind === 'ignored') {
      return 'ignored';
    }
    const proof = proofOf(record);
    if (decoded.kind === 'refused') {
      // Anyone who can write to the topic could fill the audit with what nothing proves.
      const { realm, refusal } = decoded;
      return proof === null ? 'ignored' : { kind: 'refused', ...refusal, realm: await nameOf(realm, deps, signal) };
    }
    if (proof === null && 'name' in decoded.realm && !concerns(decoded.realm.name)) {
      return 'ignored';
    }
    for (let ms = proof === null ? wait() : 0; ms > 0; ms = wait()) {
      noticeFlood(signed ? 'dropped' : 'held back');
      if (signed) {
        return 'dropped';
      }
      await sleep(ms, undefined, { signal });
    }
    return inRealm(decoded, await nameOf(decoded.realm, deps, signal), proof);
  }

  return async (records, signal) => {
    const events: UserEvent[] = [];
    const refusals: Refused[] = [];
    let dropped = 0;
    const unreadable: { record: IncomingRecord; error: ServiceError }[] = [];
    for (const record of records) {
      try {
        const event = await read(record, signal);
        if (typeof event === 'object' && event.kind === 'refused') {
          refusals.push(event);
        } else if (typeof event === 'object') {
          events.push(event);
        } else {
          dropped += Number(event === 'dropped');
        }
      } catch (error) {
        if (!isServiceError(error)) {
          throw error;
        }
        unreadable.push({ record, error });
      }
    }
    for (const event of events) {
      if (event.kind === 'registered' && event.proof !== null) {
        deps.onRegistered(event.registration, event.proof);
      }
    }
    await Promise.all([
      events.length > 0 ? enqueue(deps, events, signal) : undefined,
      refusals.length > 0 ? deps.onRefused?.(refusals) : undefined,
      ...unreadable.map(({ record, error }) => sendToDeadLetters(deps, record, error, signal)),
    ]);
    count?.('enqueued', events.length);
    count?.('refused', refusals.length);
    count?.('dead-letter', unreadable.length);
    count?.('dropped', dropped);
    count?.('ignored', records.length - events.length - refusals.length - unreadable.length - dropped);
  };
}

async function nameOf(realm: RealmRef, deps: IngestDeps, signal: AbortSignal): Promise<string> {
  if ('name' in realm) {
    return realm.name;
  }
  const lookUp = () => deps.realmName(realm.id);
  return untilDone(deps, signal, "an event's realm could not be looked up", lookUp, 'REALM_UNKNOWN');
}

function enqueue(deps: IngestDeps, events: readonly UserEvent[], signal: AbortSignal): Promise<void> {
  return untilDone(deps, signal, 'events could not be enqueued', () => deps.enqueue(events));
}

function sendToDeadLetters(
  deps: IngestDeps,
  record: IncomingRecord,
  error: ServiceError,
  signal: AbortSignal,
): Promise<void> {
  const { topic, partition, offset } = record;
  const { code, message: because } = error;
  deps.log.error({ topic, partition, offset, code, because }, 'a record goes to the dead letters');
  return untilDone(deps, signal, 'a dead letter could not be written', () => deps.sendToDeadLetters(record, error));
}

/** Repeats until the work succeeds, the signal ends it, or it fails with the one code that is an answer. */
async function untilDone<T>(
  { log, waitMs = backoff }: IngestDeps,
  signal: AbortSignal,
  complaint: string,
  work: () => Promise<T>,
  answer?: 'REALM_UNKNOWN',
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (answer !== undefined && isServiceError(error, answer)) {
        throw error;
      }
      signal.throwIfAborted();
      const retryInMs = waitMs(attempt);
      log.error({ err: error, attempt, retryInMs }, complaint);
      await sleep(retryInMs, undefined, { signal });
    }
  }
}
