import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { decode } from '../../src/ingest/decode.ts';
import { isServiceError } from '../../src/platform/errors.ts';
import { sample } from '../events/read.ts';
import { tryAll, tryGenerated } from './support/cases.ts';

type Shape = Readonly<Record<string, unknown>>;

/** Values that a field never has; `undefined` leaves the field out. */
const odd: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  2 ** 53,
  1e308,
  '',
  ' ',
  'x'.repeat(100_000),
  'a\nb',
  '0',
  [],
  ['REGISTER'],
  {},
  { $gt: '' },
  { toString: 'x' },
];

const form = sample('kafka-REGISTER.form');
const row = sample('debezium-REGISTER.unwrapped');
const envelopes: Readonly<Record<string, Shape>> = {
  listener: form,
  broker: sample('kafka-REGISTER.broker'),
  'Admin API': sample('rest-events-REGISTER'),
  row,
  'change event': sample('debezium-REGISTER'),
  'address verified': sample('kafka-VERIFY_EMAIL'),
};

/** Without these nothing can be done, so an event that lacks one is refused, by its name. */
const needed = ['id', 'time', 'event_time', 'userId', 'user_id', 'clientId', 'client_id'];
const named: Readonly<Record<string, string>> = { user_id: 'userId', client_id: 'clientId', event_time: 'time' };

function outcomeOf(event: unknown): { kind: string; said: string } {
  try {
    return { kind: decode(Buffer.from(JSON.stringify(event))).kind, said: '' };
  } catch (error) {
    if (isServiceError(error, 'EVENT_UNREADABLE')) {
      return { kind: 'refused', said: error.message };
    }
    throw error;
  }
}

interface Change {
  readonly name: string;
  readonly field: string;
  readonly value: unknown;
  /** With that value in that field. */
  readonly event: Shape;
}

/** Each field of an event, and of the objects in it, with each odd value. */
function changesOf(event: Shape, place: readonly string[] = []): Change[] {
  return Object.entries(event).flatMap(([field, value]): Change[] => {
    const inner =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? changesOf(value as Shape, [...place, field]).map((change): Change => ({
            ...change,
            event: { ...event, [field]: change.event },
          }))
        : [];
    const here = odd.map((other): Change => ({
      name: `${[...place, field].join('.')} is ${JSON.stringify([other]).slice(1, 31)}`,
      field,
      value: other,
      event: { ...event, [field]: other },
    }));
    return [...here, ...inner];
  });
}

describe('bad input B: event shapes', () => {
  it.each(Object.keys(envelopes))(
    'reads, ignores or refuses, by name, each field of the form "%s" that is odd',
    (form) => {
      const event = envelopes[form] ?? {};
      return tryAll(
        'B',
        changesOf(event).map((change) => [change.name, change] as const),
        ({ field, value, event: changed }) => {
          const { kind, said } = outcomeOf(changed);
          expect(kind).toMatch(/^(registered|email-verified|account-deleted|ignored|refused)$/);
          if (kind === 'refused') {
            expect(said).toMatch(/^the event cannot be read: ./);
            expect(said.length).toBeLessThan(1_000);
            expect(said).not.toMatch(/[\n]|x{50}|decoder failed/);
          }
          if (needed.includes(field) && !(kind === 'ignored' || (kind === 'email-verified' && field === 'clientId'))) {
            const isText = typeof value === 'string' && value !== '' && /client/i.test(field);
            expect({ kind, said }).toEqual(
              isText
                ? { kind: 'registered', said: '' } // of any client: rules decide
                : { kind: 'refused', said: expect.stringContaining(`${named[field] ?? field}: `) },
            );
          }
        },
      );
    },
  );

  it('takes nothing from keys that mean something to JavaScript, wherever they stand', () =>
    tryAll(
      'B',
      ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then'].flatMap((key) =>
        ['{"id"', '"details":{'].map((place) => [`${key} before ${place}`, { key, place }] as const),
      ),
      ({ key, place }) => {
        const planted = `${JSON.stringify(key)}:{"userId":"x","polluted":true,"username":"planted"},`;
        const text = JSON.stringify(form).replace(place, place === '{"id"' ? `{${planted}"id"` : `${place}${planted}`);
        expect(decode(text)).toEqual(decode(JSON.stringify(form)));
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      },
    ));

  it('reads, ignores or refuses whatever a field holds', () =>
    tryGenerated(
      'B',
      fc.tuple(
        fc.constantFrom(form, row),
        fc.dictionary(fc.constantFrom(...Object.keys(form), ...Object.keys(row)), fc.jsonValue()),
      ),
      ([event, change]) => {
        outcomeOf({ ...event, ...change });
      },
      500,
    ));

  it('reads, ignores or refuses whatever JSON a record is', () =>
    tryGenerated('B', fc.jsonValue(), (event) => void outcomeOf(event), 500));
});
