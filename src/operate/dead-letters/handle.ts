import { deadLetterHeaders, noteHeader } from '../../adapters/kafka/dead-letters.ts';
import type { TopicWriter } from '../../adapters/kafka/topic-writer.ts';
import type { RecordHeaders } from '../../ingest/consume.ts';
import type { Audit, AuditEntry } from '../../jobs/audit.ts';
import type { Letter, Note, TopicRecord } from './letter.ts';

export type Handling = 'replay' | 'drop';

export interface Allowed {
  /** Also what was replayed or dropped before. */
  readonly again: boolean;
  /** Also what still cannot be read. */
  readonly unreadable: boolean;
}

/** Why a letter cannot be handled so, with the remedy; `null`: it can. @param eventsTopic where the service reads */
export function obstacleTo(how: Handling, letter: Letter, eventsTopic: string, allowed: Allowed): string | null {
  const { state, notes, cut, origin, reading } = letter;
  const last = notes.at(-1);
  if (state !== 'open' && last !== undefined && !allowed.again) {
    return `${last.by} ${state} it at ${last.at}; add --again to do it all the same`;
  }
  if (how === 'drop') {
    return null;
  }
  if (cut !== null) {
    return `its ${cut} had to be cut; the original is in ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`;
  }
  if (origin.topic !== eventsTopic) {
    return `it came from the topic ${origin.topic}, and the service reads ${eventsTopic}: set KAFKA_EVENTS_TOPIC`;
  }
  if ('unreadable' in reading && !allowed.unreadable) {
    return `it still cannot be read: ${reading.unreadable}; add --unreadable to send it all the same`;
  }
  return null;
}

/** The record as it came to the events topic, with its own headers, its signature among them. */
export function originalOf({ key, value, headers }: Pick<TopicRecord, 'key' | 'value' | 'headers'>) {
  const ours = new Set<string>(Object.values(deadLetterHeaders));
  const own: RecordHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name)));
  return { key, value, headers: own };
}

export interface HandleDeps {
  readonly events: Pick<TopicWriter, 'write'>;
  readonly deadLetters: Pick<TopicWriter, 'write'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly by: string;
  readonly reason: string | undefined;
  readonly now: () => number;
}

/**
 * A replay sends first and notes it then. If this program is killed in between, the letter stays open, and a second
 * replay does no harm. A note without a replay would lose the record.
 */
export async function handle(
  how: Handling,
  { letter, record }: { readonly letter: Letter; readonly record: TopicRecord },
  { events, deadLetters, audit, by, reason, now }: HandleDeps,
): Promise<void> {
  if (how === 'replay') {
    await events.write(originalOf(record));
  }
  const kind = how === 'replay' ? 'replayed' : 'dropped';
  const because = reason ?? 'no reason given';
  const note: Note = { kind, letter: letter.id, by, because, at: new Date(now()).toISOString() };
  await deadLetters.write({ key: null, value: JSON.stringify(note), headers: { [noteHeader]: kind } });
  const entry = entryOf(note, letter);
  if (entry !== null) {
    await audit.record(entry);
  }
}

/** `null`: the record does not say whom it concerns. Then the note alone says who did this. */
function entryOf({ kind, by, because }: Note, { id, code, concerns }: Letter): AuditEntry | null {
  const { realm, clientId, userId, eventId } = concerns;
  return realm === null || userId === null
    ? null
    : {
        kind,
        realm,
        clientId: clientId ?? '',
        userId,
        eventId: eventId ?? '',
        outcome: `dead letter ${id}: ${code}`,
        because,
        by,
      };
}
