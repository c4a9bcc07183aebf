import { gzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createIngest, type IncomingRecord } from '../../src/ingest/consume.ts';
import { decode } from '../../src/ingest/decode.ts';
import { isServiceError, type ServiceError } from '../../src/platform/errors.ts';
import { createLog } from '../../src/platform/log.ts';
import { sample } from '../events/read.ts';
import { tryAll, tryGenerated } from './support/cases.ts';
import { jsonTexts } from './support/corpora.ts';

const registration = JSON.stringify(sample('kafka-REGISTER.form'));
const row = JSON.stringify(sample('debezium-REGISTER.unwrapped'));

/** What became of a record: read, ignored, or refused with a reason. Anything else is a fault of the decoder. */
function outcomeOf(value: Uint8Array | string): string {
  try {
    return decode(value).kind;
  } catch (error) {
    if (isServiceError(error, 'EVENT_UNREADABLE') && error.message.length < 2_000) {
      return error.message;
    }
    throw error;
  }
}

const refused = /^the event cannot be read: (not JSON|not UTF-8|not a JSON object|neither|the record is larger|\w+)/;

describe('bad input A: event bytes', () => {
  it('reads or refuses each text of JSONTestSuite as a record', () =>
    tryAll('A', jsonTexts, ({ text }) => {
      expect(outcomeOf(text)).toMatch(refused);
    }));

  it('agrees with JSONTestSuite inside an event', () =>
    tryAll('A', jsonTexts, ({ text, good }) => {
      const outcome = outcomeOf(registration.replace('"error":null', `"error":null,"more":${text}`));
      if (good !== null) {
        expect(outcome === 'registered').toBe(good || mendedByWhatFollows(text));
      }
    }));

  it('reads or refuses each of them as the details of a row', () =>
    tryAll('A', jsonTexts, ({ text }) => {
      const event = { ...JSON.parse(row), details_json_long_value: text };
      expect(outcomeOf(JSON.stringify(event))).toMatch(/^registered$|details/);
    }));

  it('never takes a part of a registration for one', () =>
    tryAll(
      'A',
      Array.from(registration, (_, end) => [`the first ${end} bytes`, registration.slice(0, end)] as const),
      (text) => {
        expect(outcomeOf(text)).toMatch(/^the event cannot be read: not JSON/);
      },
    ));

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /not JSON/],
    ['one zero byte', new Uint8Array([0]), /not JSON/],
    ["Avro's magic byte", Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(registration)]), /not JSON/],
    ['gzip', gzipSync(registration), /not UTF-8|not JSON/],
    ['UTF-16', Buffer.from(registration, 'utf16le'), /not JSON|not UTF-8/],
    ['ISO 8859-1', Buffer.from(registration.replace('First', 'Élodie'), 'latin1'), /not UTF-8/],
    ['a byte order mark', `\ufeff${registration}`, /^registered$/],
    ['blanks around it', ` \n${registration}\n `, /^registered$/],
    ['two of them', `${registration}\n${registration}`, /not JSON/],
    ['5 MB of it', registration.replace('First', 'x'.repeat(5_000_000)), /larger than 1 MiB/],
    ['100,000 lists in each other', '['.repeat(100_000), /not JSON/],
    [
      'a detail of 100,000 lists',
      registration.replace('"form"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      /details/,
    ],
    ['a type written with escapes', registration.replace('REGISTER', '\\u0052EGISTER'), /^registered$/],
    ['a type twice, of which JSON takes the last', registration.replace('{', '{"type":"LOGIN",'), /^registered$/],
  ])('%s', async (name, value, outcome) => {
    await tryAll('A', [[name, value]], (given) => {
      expect(outcomeOf(given)).toMatch(outcome);
    });
  });

  it('reads or refuses a registration with any bytes changed', () =>
    tryGenerated(
      'A',
      fc.array(fc.tuple(fc.nat(registration.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (changes) => {
        const bytes = Buffer.from(registration);
        changes.forEach(([at, byte]) => (bytes[at] = byte));
        outcomeOf(bytes);
      },
      1_000,
    ));

  it('keeps the partition going: each record is a job, a dead letter or ignored, and no log line is broken', async () => {
    const letters: ServiceError[] = [];
    const lines: string[] = [];
    const counts: Record<string, number> = {};
    const ingest = createIngest({
      onRegistered: () => undefined,
      enqueue: async () => undefined,
      sendToDeadLetters: async (_record, error) => void letters.push(error),
      realmName: async () => 'acme',
      proofOf: () => 'signed',
      signed: true,
      log: createLog('debug', { write: (line: string) => void lines.push(line) }),
      count: (outcome, records) => (counts[outcome] = (counts[outcome] ?? 0) + records),
    });
    const records = jsonTexts.map(([, { text }], index): IncomingRecord => ({
      topic: 'keycloak.events',
      partition: 0,
      offset: String(index),
      key: null,
      value: Buffer.from(text),
      headers: {},
    }));
    await tryAll('A', [['one batch', records]], async (batch) => {
      await ingest(batch, new AbortController().signal);
      expect(Object.values(counts).reduce((sum, each) => sum + each, 0)).toBe(batch.length);
      expect(letters.length).toBe(counts['dead-letter']);
      expect(lines.map((line) => JSON.parse(line).msg)).toEqual(letters.map(() => 'a record goes to the dead letters'));
    });
  });
});

/** A text that is no JSON alone, and is one in front of the rest of an event. */
function mendedByWhatFollows(text: string): boolean {
  try {
    JSON.parse(`{"more":${text},"x":1}`);
    return true;
  } catch {
    return false;
  }
}
