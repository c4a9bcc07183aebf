import { z } from 'zod';

import { deadLetterHeaders, noteHeader } from '../../adapters/kafka/dead-letters.ts';
import type { RecordHeaders } from '../../ingest/consume.ts';
import { decode } from '../../ingest/decode.ts';
import { isServiceError } from '../../platform/errors.ts';
import { oneLine } from '../../platform/safe-text.ts';

/** A record of the dead-letter topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: RecordHeaders;
}

/** Anyone who can write to the topic can forge a record, and it is shown on a terminal. */
const line = z.string().transform((text) => oneLine(text));
const note = z.object({
  kind: z.enum(['replayed', 'dropped']),
  /** Which letter: its partition and offset in this topic. */
  letter: z.string(),
  by: line,
  because: line,
  at: line,
});
/** What an operator did with a dead letter. */
export type Note = z.output<typeof note>;

/** Whether this version can read the record. */
export type Reading =
  { readonly kind: 'registered' | 'email-verified' | 'account-deleted' | 'ignored' } | { readonly unreadable: string };

export interface Letter {
  /** `partition/offset` in the dead-letter topic. */
  readonly id: string;
  readonly state: 'open' | Note['kind'];
  readonly origin: { readonly topic: string; readonly partition: string; readonly offset: string };
  readonly code: string;
  readonly because: string;
  readonly at: string;
  /** What was too long to keep; `null`: all is there. */
  readonly cut: string | null;
  readonly bytes: number;
  readonly reading: Reading;
  /** As far as the record says it. */
  readonly concerns: Concerned;
  readonly notes: readonly Note[];
}

export interface Concerned {
  readonly realm: string | null;
  readonly clientId: string | null;
  readonly userId: string | null;
  readonly eventId: string | null;
}

/** Folds notes into the letters that they are about, in any order. */
export class LetterFolder {
  readonly #letters: Omit<Letter, 'state' | 'notes'>[] = [];
  readonly #notes = new Map<string, Note[]>();
  /** Records that are neither. */
  odd = 0;

  add(record: TopicRecord): void {
    const { headers } = record;
    if (textOf(headers[deadLetterHeaders.offset]) !== null) {
      this.#letters.push(letterOf(record));
    } else if (textOf(headers[noteHeader]) !== null) {
      this.#note(record.value);
    } else {
      this.odd += 1;
    }
  }

  #note(value: Buffer): void {
    const read = note.safeParse(jsonOf(value));
    if (!read.success) {
      this.odd += 1;
      return;
    }
    this.#notes.set(read.data.letter, [...(this.#notes.get(read.data.letter) ?? []), read.data]);
  }

  /** Oldest first. */
  letters(): Letter[] {
    return this.#letters
      .map((letter): Letter => {
        const notes = (this.#notes.get(letter.id) ?? []).toSorted((one, two) => one.at.localeCompare(two.at));
        return { ...letter, notes, state: notes.at(-1)?.kind ?? 'open' };
      })
      .toSorted((one, two) => one.at.localeCompare(two.at));
  }
}

export function idOf({ partition, offset }: Pick<TopicRecord, 'partition' | 'offset'>): string {
  return `${partition}/${offset}`;
}

function letterOf(record: TopicRecord): Omit<Letter, 'state' | 'notes'> {
  const { headers, value } = record;
  const text = (name: keyof typeof deadLetterHeaders): string =>
    oneLine(textOf(headers[deadLetterHeaders[name]]) ?? '', 500);
  const { reading, concerns } = readingOf(value);
  return {
    id: idOf(record),
    origin: { topic: text('topic'), partition: text('partition'), offset: text('offset') },
    code: text('code'),
    because: text('because'),
    at: text('at'),
    cut: text('cut') || null,
    bytes: value.byteLength,
    reading,
    concerns,
  };
}

function readingOf(value: Buffer): Pick<Letter, 'reading' | 'concerns'> {
  try {
    const event = decode(value);
    if (event.kind === 'ignored' || event.kind === 'refused') {
      return { reading: { kind: 'ignored' }, concerns: guess(value) };
    }
    const realm = 'name' in event.realm ? event.realm.name : event.realm.id;
    const { clientId, userId, eventId } =
      event.kind === 'registered' ? event.registration : { clientId: null, ...event };
    return { reading: { kind: event.kind }, concerns: { realm, clientId, userId, eventId } };
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    return { reading: { unreadable: error.message }, concerns: guess(value) };
  }
}

/** Of a record that cannot be read: what its fields say, where it is an object with the usual names. */
function guess(value: Buffer): Concerned {
  const loose = z.object({
    realmName: z.string().max(255).catch(''),
    clientId: z.string().max(255).catch(''),
    userId: z.string().max(64).catch(''),
    id: z.string().max(64).catch(''),
  });
  const read = loose.safeParse(jsonOf(value));
  const { realmName = '', clientId = '', userId = '', id = '' } = read.data ?? {};
  return {
    realm: realmName || null,
    clientId: clientId || null,
    userId: userId || null,
    eventId: id || null,
  };
}

function jsonOf(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
}

function textOf(header: RecordHeaders[string]): string | null {
  const one = Array.isArray(header) ? header.at(-1) : header;
  return one === undefined ? null : one.toString();
}
