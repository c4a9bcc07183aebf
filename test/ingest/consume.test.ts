import { describe, expect, it } from '@jest/globals';

import { ServiceError } from '../../src/platform/errors.ts';
import { createIngest, type IncomingRecord, type IngestDeps } from '../../src/ingest/consume.ts';
import { createLog } from '../../src/platform/log.ts';
import type { UserEvent } from '../../src/ingest/registration.ts';
import { sample } from '../events/read.ts';
import { MemoryEventSource } from '../fakes/event-source.ts';

const form = sample('kafka-REGISTER.form');
const login = sample('kafka-LOGIN');

function setup(overrides: Partial<IngestDeps> = {}) {
  const enqueued: UserEvent[] = [];
  const buried: { record: IncomingRecord; error: ServiceError }[] = [];
  const counts: Record<string, number> = {};
  const lines: string[] = [];
  const ingest = createIngest({
    onRegistered: () => undefined,
    enqueue: async (events) => void enqueued.push(...events),
    sendToDeadLetters: async (record, error) => void buried.push({ record, error }),
    realmName: async () => 'looked-up',
    proofOf: () => 'signed',
    signed: true,
    log: createLog('warn', { write: (line: string) => void lines.push(line) }),
    count: (outcome, records) => (counts[outcome] = (counts[outcome] ?? 0) + records),
    waitMs: () => 1,
    ...overrides,
  });
  const source = new MemoryEventSource();
  return { source, start: () => source.start(ingest), enqueued, buried, counts, lines };
}

/** A port that a test opens: until then its calls are under way. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('src/ingest/consume', () => {
  it('enqueues registrations and passes over all else, tombstones too', async () => {
    const { source, start, enqueued, counts } = setup();
    await start();

    await source.deliver([login, form, null, { ...form, type: 'REGISTER_ERROR' }, sample('kafka-VERIFY_EMAIL')]);

    expect(enqueued.map(({ kind }) => kind)).toEqual(['registered', 'email-verified']);
    expect(counts).toEqual({ enqueued: 2, ignored: 3, refused: 0, dropped: 0, 'dead-letter': 0 });
    expect(source.committed).toBe(5);
  });

  it('hands over what the door refused, and queues nothing for it; what nothing proves is ignored', async () => {
    const refusals: unknown[] = [];
    const { source, start, enqueued, counts } = setup({
      onRefused: async (given) => void refusals.push(...given),
      proofOf: ({ offset }) => (offset === '2' ? null : 'signed'),
    });
    await start();

    const refusal = { ...form, type: 'REGISTER_ERROR', error: 'registration_refused', userId: null };
    await source.deliver([refusal, form, refusal, { ...refusal, realmName: undefined }]);

    expect(refusals).toMatchObject([{ realm: 'kfk' }, { realm: 'looked-up' }]);
    expect(enqueued).toHaveLength(1);
    expect(counts).toEqual({ enqueued: 1, refused: 2, ignored: 1, dropped: 0, 'dead-letter': 0 });
  });

  it('asks for the name of a realm that an event gives by its id', async () => {
    const { source, start, enqueued } = setup({ realmName: async (id) => `name of ${id}` });
    await start();

    await source.deliver([sample('debezium-REGISTER')]);

    expect(enqueued).toMatchObject([{ registration: { realm: 'name of 790fc89a-03ab-42af-aeed-4167120c6a88' } }]);
  });

  it('says of a registration why it is believed', async () => {
    const { source, start, enqueued } = setup({ proofOf: ({ offset }) => (offset === '1' ? 'signed' : null) });
    await start();

    await source.deliver([form, form]);

    expect(enqueued).toMatchObject([{ proof: null }, { proof: 'signed' }]);
  });

  it('reports each proven registration once, before its job is durable', async () => {
    const { opened, open } = gate();
    const reported: unknown[] = [];
    let attempts = 0;
    const { source, start } = setup({
      onRegistered: ({ realm }, proof) => void reported.push([realm, proof]),
      proofOf: ({ offset }) => (offset === '1' ? null : 'signed'),
      async enqueue() {
        attempts++;
        if (attempts === 1) {
          throw new ServiceError('REDIS_UNAVAILABLE', 'away');
        }
        await opened;
      },
    });
    await start();

    const delivered = source.deliver([form, form, sample('kafka-VERIFY_EMAIL')]);
    await source.settle();

    expect(reported).toEqual([['kfk', 'signed']]);
    open();
    await delivered;
    expect(reported).toHaveLength(1);
  });

  describe('a flood of records that nothing proves', () => {
    const verified = sample('kafka-VERIFY_EMAIL');
    const unproven = { atOnce: 3, perSecond: 2 };

    it('is dropped where genuine ones are signed, is counted, and is one line of the log', async () => {
      const { source, start, enqueued, counts, lines } = setup({ proofOf: () => null, unproven, now: () => 0 });
      await start();

      await source.deliver([form, verified, login, form, form, verified]);
      await source.deliver([form]);

      expect(enqueued.map(({ kind }) => kind)).toEqual(['registered', 'email-verified', 'registered']);
      expect(counts).toEqual({ enqueued: 3, ignored: 1, refused: 0, dropped: 3, 'dead-letter': 0 });
      expect(source.committed).toBe(7);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        expect.objectContaining({ fate: 'dropped', remedy: expect.stringContaining('EVENT_SIGNING_KEY') }),
      ]);
    });

    it('is held back where none is signed, and nothing is lost', async () => {
      const began = Date.now();
      const { source, start, enqueued, counts, lines } = setup({
        proofOf: () => null,
        signed: false,
        unproven: { atOnce: 3, perSecond: 20 },
      });
      await start();

      await source.deliver([form, form, form, form, form, verified]);

      expect(enqueued).toHaveLength(6);
      expect(Date.now() - began).toBeGreaterThanOrEqual(140);
      expect(counts).toMatchObject({ enqueued: 6, dropped: 0 });
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        expect.objectContaining({ fate: 'held back' }),
      ]);
    });

    it('ends with time', async () => {
      let time = 0;
      const { source, start, enqueued } = setup({ proofOf: () => null, unproven, now: () => time });
      await start();
      await source.deliver([form, form, form, form]);

      time = 1_000;
      await source.deliver([form, form, form]);

      expect(enqueued).toHaveLength(5);
    });

    it('is none in realms that no rule is for', async () => {
      const { source, start, enqueued, counts } = setup({
        proofOf: ({ offset }) => (offset === '5' ? 'signed' : null),
        concerns: (realm) => realm !== 'kfk',
        unproven,
        now: () => 0,
      });
      await start();

      await source.deliver([form, form, form, form, { ...form, realmName: 'acme' }, form]);

      expect(enqueued).toMatchObject([{ registration: { realm: 'acme' } }, { registration: { realm: 'kfk' } }]);
      expect(counts).toMatchObject({ enqueued: 2, ignored: 4, dropped: 0 });
    });

    it('keeps no signed record out', async () => {
      const proofOf: IngestDeps['proofOf'] = ({ offset }) => (Number(offset) > 4 ? 'signed' : null);
      const { source, start, enqueued } = setup({ proofOf, unproven, now: () => 0 });
      await start();

      await source.deliver([form, form, form, form, form, form, verified]);

      expect(enqueued).toMatchObject([{}, {}, {}, { proof: 'signed' }, { kind: 'email-verified' }]);
    });
  });

  it('commits an offset only after its job is durable', async () => {
    const { opened, open } = gate();
    const { source, start } = setup({ enqueue: () => opened });
    await start();

    const delivered = source.deliver([form]);
    await source.settle();
    expect(source.committed).toBe(0);

    open();
    await delivered;
    expect(source.committed).toBe(1);
  });

  it('keeps a record that cannot be read as a dead letter before its offset is committed, and goes on', async () => {
    const { opened, open } = gate();
    const buried: string[] = [];
    const { source, start, enqueued } = setup({
      sendToDeadLetters: async ({ offset }, { code }) => {
        await opened;
        buried.push(`${offset} ${code}`);
      },
    });
    await start();

    const delivered = source.deliver(['{"type":"REGISTER"', form]);
    await source.settle();
    expect([enqueued.length, source.committed]).toEqual([1, 0]);

    open();
    await delivered;
    await source.deliver([form]);
    expect([buried, enqueued.length, source.committed]).toEqual([['0 EVENT_UNREADABLE'], 2, 3]);
  });

  it('makes a dead letter of an event of a realm that is not there', async () => {
    const { source, start, buried } = setup({
      realmName: async () => {
        throw new ServiceError('REALM_UNKNOWN', 'no such realm');
      },
    });
    await start();

    await source.deliver([sample('debezium-REGISTER')]);

    expect(buried).toMatchObject([{ error: { code: 'REALM_UNKNOWN' } }]);
  });

  it.each<[string, (failing: () => Promise<never>) => Partial<IngestDeps>, unknown]>([
    ['the queue', (failing) => ({ enqueue: failing }), form],
    ['the dead-letter topic', (failing) => ({ sendToDeadLetters: failing }), 'unreadable'],
    ['Keycloak', (failing) => ({ realmName: failing }), sample('debezium-REGISTER')],
  ])('tries again for as long as %s is away, loses nothing and says so each time', async (_what, deps, record) => {
    let left = 3;
    const outage = async () => {
      if (left > 0) {
        left -= 1;
        throw new ServiceError('REDIS_UNAVAILABLE', 'away');
      }
      return 'back' as never;
    };
    const { source, start, lines } = setup(deps(outage));
    await start();

    await source.deliver([record]);

    const complaints = lines.map((line) => JSON.parse(line)).filter(({ attempt }) => attempt > 0);
    expect(complaints.map(({ level, attempt }) => [level, attempt])).toEqual([
      ['error', 1],
      ['error', 2],
      ['error', 3],
    ]);
    expect(source.committed).toBe(1);
  });

  it('a stop drains: what can become durable does, and is committed', async () => {
    const { opened, open } = gate();
    const { source, start } = setup({ enqueue: () => opened });
    await start();

    const delivered = source.deliver([form]);
    const stopped = source.stop();
    open();
    await Promise.all([delivered, stopped]);

    expect(source.committed).toBe(1);
  });

  it('a stop during an outage gives up waiting and commits nothing', async () => {
    const { source, start } = setup({
      enqueue: async () => {
        throw new ServiceError('REDIS_UNAVAILABLE', 'away');
      },
      waitMs: () => 60_000,
    });
    await start();

    const delivered = source.deliver([form]);
    await source.settle();
    await source.stop();

    await delivered;
    expect(source.committed).toBe(0);
  });
});
