import { describe, expect, it } from '@jest/globals';

import { createDeadLetters, deadLetterHeaders, noteHeader } from '../../../src/adapters/kafka/dead-letters.ts';
import type { RecordHeaders } from '../../../src/ingest/consume.ts';
import { handle, obstacleTo, originalOf } from '../../../src/operate/dead-letters/handle.ts';
import { type Letter, LetterFolder, type TopicRecord } from '../../../src/operate/dead-letters/letter.ts';
import { letterAsJson, letterAsText, letterInFull, planAsText } from '../../../src/operate/dead-letters/print.ts';
import { byId } from '../../../src/operate/people.ts';
import { ServiceError } from '../../../src/platform/errors.ts';
import { FakeAudit } from '../../fakes/audit.ts';
import { mia } from '../../fakes/registrations.ts';

const event = JSON.stringify({
  type: 'REGISTER',
  id: mia.eventId,
  time: mia.time,
  realmId: '8b7f0d3e-4d6a-4a0e-9f0e-0d7f1c2b3a4d',
  realmName: 'acme',
  clientId: 'portal',
  userId: mia.userId,
  details: { username: 'mia', email: 'mia@example.test' },
});

/** As ingest would keep it. */
async function kept(value: string | Buffer, headers: RecordHeaders = {}, offset = '0'): Promise<TopicRecord> {
  let written: Omit<TopicRecord, 'partition' | 'offset'> | undefined;
  const send = createDeadLetters(
    { write: async (message) => void (written = message as typeof written) },
    () => Date.parse('2026-11-24T10:00:00Z') + Number(offset),
  );
  const record = {
    topic: 'keycloak.events',
    partition: 3,
    offset: '17',
    key: Buffer.from('k'),
    value: Buffer.from(value),
    headers,
  };
  await send(record, new ServiceError('EVENT_UNREADABLE', 'the event cannot be read: not JSON'));
  return {
    partition: 0,
    offset,
    ...written,
    headers: written?.headers ?? {},
    key: Buffer.from('k'),
    value: Buffer.from(value),
  };
}

function noted(note: object, headers: RecordHeaders = { [noteHeader]: 'replayed' }): TopicRecord {
  return { partition: 1, offset: '5', key: null, value: Buffer.from(JSON.stringify(note)), headers };
}

const by = { by: 'olga', because: 'mended', at: '2026-11-25T10:00:00.000Z' };

function folded(...records: TopicRecord[]): Letter[] {
  const folder = new LetterFolder();
  records.forEach((record) => folder.add(record));
  return folder.letters();
}

async function letter(value: string | Buffer = event, headers: RecordHeaders = {}): Promise<Letter> {
  const [found] = folded(await kept(value, headers));
  return found as Letter;
}

describe('src/operate/dead-letters/letter', () => {
  it('shows a forged record and a forged note as plain lines, also where it says why it leaves the letter alone', async () => {
    const evil = '\u001b[2J\u009b0m\u202e';
    const record = await kept(`${evil} no JSON`);
    const headers = Object.fromEntries(Object.keys(record.headers).map((name) => [name, Buffer.from(`${evil}1`)]));
    const cut = { ...headers, [deadLetterHeaders.cut]: Buffer.from(evil) };
    const note = noted({ kind: 'dropped', letter: '0/0', by: evil, because: evil, at: evil });
    const letters = [headers, cut].flatMap((forged) => folded({ ...record, headers: forged }, note));
    const texts = letters.flatMap((found) => [
      letterInFull(found, byId),
      planAsText('replay', [found], byId),
      ...[true, false].map((again) => obstacleTo('replay', found, 'e', { again, unreadable: false }) ?? ''),
    ]);
    expect(texts.join('')).not.toMatch(/[^\P{C}\n]/u);
  });

  it('tells where a letter came from, why, and whether it can be read now', async () => {
    expect(await letter()).toMatchObject({
      id: '0/0',
      state: 'open',
      origin: { topic: 'keycloak.events', partition: '3', offset: '17' },
      code: 'EVENT_UNREADABLE',
      reading: { kind: 'registered' },
      concerns: { realm: 'acme', clientId: 'portal', userId: mia.userId, eventId: mia.eventId },
    });
  });

  it.each([
    ['not JSON', 'neither JSON', { realm: null, userId: null }],
    ['bytes', Buffer.from([0xff, 0xfe, 0]), { realm: null, userId: null }],
    ['a list', '[1]', { realm: null, userId: null }],
    ['no time', event.replace(/"time":\d+,/, ''), { realm: 'acme', userId: mia.userId }],
    [
      'a user that is a list',
      event.replace(`"userId":"${mia.userId}"`, '"userId":["x"]'),
      { realm: 'acme', userId: null },
    ],
  ])('keeps what cannot be read, and says of whom as far as it goes: %s', async (_, value, concerns) => {
    const found = await letter(value);
    expect(found.reading).toEqual({ unreadable: expect.stringContaining('the event cannot be read') });
    expect(found.concerns).toMatchObject(concerns);
  });

  it('folds notes into their letters, in any order; the last one counts', async () => {
    const [one, two] = [await kept(event, {}, '1'), await kept(event, {}, '2')];
    const replayed = noted({ kind: 'replayed', letter: '0/1', ...by });
    const later = noted({ kind: 'dropped', letter: '0/1', ...by, at: '2026-11-26T10:00:00.000Z' });
    const letters = folded(later, two, replayed, one);
    expect(letters.map(({ id, state, notes }) => [id, state, notes.length])).toEqual([
      ['0/1', 'dropped', 2],
      ['0/2', 'open', 0],
    ]);
  });

  it('takes no note from a writer of the events topic: a letter with such a header stays a letter', async () => {
    const forged = await kept(
      JSON.stringify({ kind: 'dropped', letter: '0/1', ...by }),
      { [noteHeader]: 'dropped' },
      '2',
    );
    const letters = folded(await kept(event, {}, '1'), forged);
    expect(letters.map(({ id, state }) => [id, state])).toEqual([
      ['0/1', 'open'],
      ['0/2', 'open'],
    ]);
  });

  it('counts what is neither letter nor note', () => {
    const folder = new LetterFolder();
    folder.add(noted({ kind: 'burnt', letter: '0/1' }));
    folder.add(noted({}, {}));
    expect([folder.odd, folder.letters()]).toEqual([2, []]);
  });

  it('folds thousands', async () => {
    const folder = new LetterFolder();
    const record = await kept(event);
    for (let offset = 0; offset < 20_000; offset++) {
      folder.add({ ...record, offset: String(offset) });
      folder.add(noted({ kind: 'replayed', letter: `0/${offset}`, ...by }));
    }
    expect(folder.letters().filter(({ state }) => state === 'replayed')).toHaveLength(20_000);
  });
});

describe('src/operate/dead-letters/handle', () => {
  const plain = { again: false, unreadable: false };

  it('replays what can be read now, and drops anything', async () => {
    expect(obstacleTo('replay', await letter(), 'keycloak.events', plain)).toBeNull();
    expect(obstacleTo('drop', await letter('junk'), 'elsewhere', plain)).toBeNull();
  });

  it('names each obstacle with its remedy', async () => {
    const [again] = folded(await kept(event), noted({ kind: 'replayed', letter: '0/0', ...by }));
    const seen = [
      obstacleTo('replay', again as Letter, 'keycloak.events', plain),
      obstacleTo('replay', { ...(await letter()), cut: 'value' }, 'keycloak.events', plain),
      obstacleTo('replay', await letter(), 'other.events', plain),
      obstacleTo('replay', await letter('junk'), 'keycloak.events', plain),
    ];
    expect(seen).toEqual([
      'olga replayed it at 2026-11-25T10:00:00.000Z; add --again to do it all the same',
      'its value had to be cut; the original is in keycloak.events, partition 3, offset 17',
      'it came from the topic keycloak.events, and the service reads other.events: set KAFKA_EVENTS_TOPIC',
      'it still cannot be read: the event cannot be read: not JSON; add --unreadable to send it all the same',
    ]);
    expect(obstacleTo('replay', again as Letter, 'keycloak.events', { ...plain, again: true })).toBeNull();
    expect(obstacleTo('replay', await letter('junk'), 'keycloak.events', { ...plain, unreadable: true })).toBeNull();
  });

  it('gives the record back as it came: bytes, key and its own headers', async () => {
    const headers = { 'vestibule-signature': 'abc', other: Buffer.from([1, 2]) };
    expect(originalOf(await kept(event, headers))).toEqual({
      key: Buffer.from('k'),
      value: Buffer.from(event),
      headers,
    });
  });

  async function handled(how: 'replay' | 'drop', value = event, reason?: string) {
    const written: string[] = [];
    const audit = new FakeAudit();
    const writer = (topic: string) => ({
      write: async ({ value: bytes }: { value: Buffer | string | null }) =>
        void written.push(`${topic} ${String(bytes)}`),
    });
    const deps = { events: writer('events'), deadLetters: writer('notes'), audit, by: 'olga', reason, now: () => 0 };
    await handle(how, { letter: await letter(value), record: await kept(value) }, deps);
    return { written, audit };
  }

  it('sends, then notes who did it, then tells the audit', async () => {
    const { written, audit } = await handled('replay', event, 'after the upgrade');
    expect(written[0]).toBe(`events ${event}`);
    expect(JSON.parse(written[1]?.slice(6) ?? '')).toEqual({
      kind: 'replayed',
      letter: '0/0',
      by: 'olga',
      because: 'after the upgrade',
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(audit.entries).toEqual([
      expect.objectContaining({ kind: 'replayed', by: 'olga', userId: mia.userId, realm: 'acme' }),
    ]);
  });

  it('drops with a note alone, also where nobody is named', async () => {
    expect((await handled('drop')).written).toHaveLength(1);
    const { audit } = await handled('drop', 'junk');
    expect(audit.entries).toEqual([]);
  });
});

describe('src/operate/dead-letters/print', () => {
  it('shows a letter in words', async () => {
    expect(letterAsText(await letter(), byId)).toBe(
      `open 0/0, 2026-11-24T10:00:00.000Z
  EVENT_UNREADABLE: the event cannot be read: not JSON
  user ${mia.userId} of realm acme, client portal; read as registered
`,
    );
    expect(letterAsText(await letter('junk'), byId)).toContain(
      'a person whom it does not name; this version cannot read it either',
    );
    expect(letterAsText({ ...(await letter()), cut: 'value' }, byId)).toContain('; cut: value\n');
  });

  it('shows what operators did', async () => {
    const [found] = folded(await kept(event), noted({ kind: 'dropped', letter: '0/0', ...by }));
    const full = letterInFull(found as Letter, byId);
    expect(full).toContain('from keycloak.events, partition 3, offset 17');
    expect(full).toContain('dropped 2026-11-25T10:00:00.000Z by olga: mended');
  });

  it('shows nothing that the person typed, in no form', async () => {
    const found = await letter();
    const shown = [
      letterInFull(found, byId),
      JSON.stringify(letterAsJson(found, byId)),
      planAsText('replay', [found], byId),
    ];
    expect(shown.join('\n')).not.toMatch(/\bmia\b|example\.test/);
  });

  it('plans the first ten', async () => {
    const found = await letter();
    const plan = planAsText(
      'drop',
      Array.from({ length: 12 }, () => found),
      byId,
    );
    expect(plan).toContain('drop: 12 dead letters\n');
    expect(plan).toContain('and 2 more');
  });
});
