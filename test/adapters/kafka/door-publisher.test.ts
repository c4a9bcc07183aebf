import { afterEach, describe, expect, it } from '@jest/globals';

import { DoorPublisher } from '../../../src/adapters/kafka/door-publisher.ts';
import type { Supporters } from '../../../src/adapters/kafka/door-support.ts';
import type { DoorTopic } from '../../../src/adapters/kafka/door-topic.ts';
import { createLog } from '../../../src/platform/log.ts';
import { ServiceError } from '../../../src/platform/errors.ts';
import type { StandingRecord } from '../../../src/rules/door/topic-state.ts';
import { packed, partIn, recordsOf, signPart } from '../../../src/rules/door/wire.ts';

const name = 'vestibule.door';
const key = '0123456789abcdef0123456789abcdef';
const newer = 'fedcba9876543210fedcba9876543210';
const policy = (version: string) => packed({ format: 1, version, entries: [], lists: [] });

/** A topic in memory, with its readers. */
class FakeTopic implements DoorTopic {
  records: StandingRecord[] = [];
  first = 0n;
  away = false;
  there = true;
  writes = 0;
  readonly #readers: ((records: readonly StandingRecord[], next: bigint) => void)[] = [];

  async write(record: Omit<StandingRecord, 'offset'>): Promise<void> {
    if (this.away) {
      throw new ServiceError('KAFKA_UNAVAILABLE', 'no answer');
    }
    this.writes += 1;
    const offset = this.first + BigInt(this.records.length);
    this.records.push({ ...record, offset });
    this.#readers.forEach((read) => read([{ ...record, offset }], offset + 1n));
  }

  async range() {
    return this.there ? { first: this.first, end: this.first + BigInt(this.records.length) } : null;
  }

  follow(onRecords: (records: readonly StandingRecord[], next: bigint) => void) {
    this.#readers.push(onRecords);
    onRecords(this.records, this.first + BigInt(this.records.length));
    return { consuming: () => true, stop: async () => undefined };
  }

  /** As Keycloak sees it: the version of the newest policy of which a record stands. */
  get version(): string | undefined {
    const last = new Map(this.records.map((record) => [record.key, record]));
    const value = last.get('policy-0')?.value;
    return value === undefined || value === null ? undefined : partIn({ key: 'policy-0', value })?.version;
  }
}

/** Says whose policies have an instance that is alive. */
class FakeSupporters implements Supporters {
  readonly alive = new Set<string>();
  away = false;
  support = async (digest: string) => void this.alive.add(digest);
  async isSupported(digest: string) {
    if (this.away) {
      throw new ServiceError('REDIS_UNAVAILABLE', 'no answer');
    }
    return this.alive.has(digest);
  }
}

const opened: DoorPublisher[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map((publisher) => publisher.stop()))));

const clock = { time: 1_000 };
const lines: { msg: string; level: string }[] = [];
const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });

async function instance(topic: FakeTopic, version: string, change: Partial<Setup> = {}) {
  const { signingKeys = [key], supporters = new FakeSupporters() } = change;
  const rules = { own: policy(version) };
  const publisher = new DoorPublisher({
    topic,
    name,
    signingKeys,
    own: () => rules.own,
    supporters,
    makeTopic: async () => void (topic.there = true),
    log,
    now: () => clock.time,
    pauses: { look: 3_600_000, check: 5_000, again: 2_000 }, // the test looks itself
  });
  opened.push(publisher);
  await publisher.start();
  return {
    publisher,
    change: (next: string) => void (rules.own = policy(next)),
    /** Looks for so many seconds. */
    look: async (seconds = 1): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        clock.time += 1_000;
        await publisher.look();
      }
    },
  };
}

interface Setup {
  readonly signingKeys: readonly [string, ...string[]];
  readonly supporters: FakeSupporters;
}

const said = (msg: string) => lines.filter((line) => line.msg === msg).length;

describe('src/adapters/kafka/door-publisher', () => {
  it('publishes at the start, and once for each change of the rules, each time with a higher sequence', async () => {
    const topic = new FakeTopic();
    const { look, change, publisher } = await instance(topic, 'v1');
    expect(publisher.state).toEqual({ inForce: null, own: 'v1', agrees: false });
    await look(60);
    expect([topic.version, topic.writes]).toEqual(['v1', 1]);
    change('v2');
    await look(60);
    change('v1');
    await look(1);
    expect([topic.version, topic.writes]).toEqual(['v1', 3]);
    expect(publisher.state).toEqual({ inForce: 'v1', own: 'v1', agrees: true });
    const sequences = topic.records.map((record) => partIn(record as never)?.sequence ?? 0);
    expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
  });

  it('goes above a sequence that is ahead of its clock', async () => {
    const topic = new FakeTopic();
    const [record] = recordsOf(policy('v0'), clock.time + 1_000_000) ?? [];
    await topic.write({ ...record, signature: record && signPart(name, record, key) } as never);
    const { look, publisher } = await instance(topic, 'v1');
    await look();
    expect(publisher.state).toMatchObject({ inForce: 'v1', agrees: true });
  });

  it('publishes nothing anew after a restart with the same rules, unless another key signs now', async () => {
    const topic = new FakeTopic();
    await (await instance(topic, 'v1')).look();
    await (await instance(topic, 'v1')).look(60);
    expect(topic.writes).toBe(1);
    const rotated = await instance(topic, 'v1', { signingKeys: [newer, key] });
    await rotated.look(60);
    expect(topic.writes).toBe(2);
    // An instance that does not sign with the new key yet leaves it.
    const { look, publisher } = await instance(topic, 'v1', { signingKeys: [key, newer] });
    await look(60);
    await rotated.look(60);
    expect(topic.writes).toBeLessThanOrEqual(3);
    expect(publisher.state.agrees).toBe(true);
  });

  it.each<[string, (topic: FakeTopic) => Promise<unknown>]>([
    ['deleted', (topic) => topic.write({ key: 'policy-0', value: null, signature: undefined })],
    ['overwritten', (topic) => topic.write({ key: 'policy-0', value: 'anything', signature: 'forged' })],
    ['lost with the topic', async (topic) => Object.assign(topic, { records: [], there: false })],
    ['lost by retention', async (topic) => Object.assign(topic, { records: [], first: 9n })],
  ])('restores a policy that was %s, once', async (_, harm) => {
    const topic = new FakeTopic();
    const supporters = new FakeSupporters();
    const [one, other] = [await instance(topic, 'v1', { supporters }), await instance(topic, 'v1', { supporters })];
    await one.look(10);
    await other.look(10);
    const before = topic.writes;
    await harm(topic);
    const harmed = topic.writes;
    await one.look(10);
    await other.look(10);
    expect([topic.version, topic.writes - harmed, before]).toEqual(['v1', 1, 1]);
    expect(one.publisher.state.agrees && other.publisher.state.agrees).toBe(true);
  });

  it('yields to an instance with other rules that published later, and both rest', async () => {
    const topic = new FakeTopic();
    const supporters = new FakeSupporters();
    const old = await instance(topic, 'v1', { supporters });
    await old.look();
    const next = await instance(topic, 'v2', { supporters });
    lines.length = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      await next.look();
      await old.look();
    }
    expect([topic.version, topic.writes]).toEqual(['v2', 2]);
    expect(old.publisher.state).toEqual({ inForce: 'v2', own: 'v1', agrees: false });
    expect(said('the door policy in force is of an instance with other rules')).toBe(1);
    old.change('v2'); // its files came later
    await old.look(60);
    expect(topic.writes).toBe(2);
    expect(old.publisher.state.agrees).toBe(true);
  });

  it('takes over when no instance with the rules of the policy in force is alive, and not while Redis is away', async () => {
    const topic = new FakeTopic();
    const supporters = new FakeSupporters();
    const stays = await instance(topic, 'v2', { supporters });
    await stays.look();
    const late = await instance(topic, 'v1', { supporters }); // an old one that crashed and came back
    await late.look();
    await stays.look(60);
    expect(topic.version).toBe('v1');
    supporters.away = true;
    supporters.alive.clear(); // it has stopped
    await stays.look(60);
    expect(topic.version).toBe('v1');
    supporters.away = false;
    await stays.look(60);
    expect([topic.version, topic.writes]).toEqual(['v2', 3]);
  });

  it('leaves decisions to others only while the policy in force is of other rules that somebody alive has', async () => {
    const topic = new FakeTopic();
    const supporters = new FakeSupporters();
    const old = await instance(topic, 'v1', { supporters });
    expect(old.publisher.otherRules).toBeNull(); // nothing is published yet
    await old.look();
    const next = await instance(topic, 'v2', { supporters });
    expect(next.publisher.otherRules).toBe('v1'); // until its own are published
    await next.look(10);
    await old.look(10);
    expect([old.publisher.otherRules, next.publisher.otherRules]).toEqual(['v2', null]);
    topic.away = true; // nobody takes over the door
    supporters.alive.clear();
    await old.look(6);
    expect(old.publisher.otherRules).toBe('v2'); // it may only have been slow
    await old.look(20);
    expect(old.publisher.otherRules).toBeNull();
  });

  it('awaits the policy of an event until it has read it, or all of the topic', async () => {
    const topic = new FakeTopic();
    const { publisher, look, change } = await instance(topic, 'v1');
    await look();
    const next = { sequence: clock.time + 1, version: 'v2' };
    expect(publisher.awaits(next)).toBe(true);
    expect(publisher.awaits({ ...next, version: 'v1' })).toBe(false);
    await look(10);
    expect(publisher.awaits(next)).toBe(false); // it does not stand in the topic

    const later = { sequence: clock.time + 1, version: 'v3' };
    expect(publisher.awaits(later)).toBe(true);
    change('v4');
    await look(3);
    expect(publisher.awaits(later)).toBe(false);
  });

  it('is known to be alive while Kafka is away', async () => {
    const topic = new FakeTopic();
    const supporters = new FakeSupporters();
    const { look } = await instance(topic, 'v1', { supporters });
    await look();
    topic.range = () => Promise.reject(new ServiceError('KAFKA_UNAVAILABLE', 'no answer'));
    for (let turn = 0; turn < 5; turn += 1) {
      supporters.alive.clear();
      await look(10);
      expect(supporters.alive.size).toBe(1);
    }
  });

  it('publishes when Kafka is back, and complains once', async () => {
    const topic = new FakeTopic();
    const { look, change, publisher } = await instance(topic, 'v1');
    await look();
    topic.away = true;
    lines.length = 0;
    change('v2');
    await look(30);
    expect(publisher.state).toEqual({ inForce: 'v1', own: 'v2', agrees: false });
    expect(said('the door policy cannot be published; it is tried again')).toBe(1);
    topic.away = false;
    await look(3);
    expect(publisher.state).toEqual({ inForce: 'v2', own: 'v2', agrees: true });
  });

  it('fights ever more slowly with one that has another signing key', async () => {
    const topic = new FakeTopic();
    const one = await instance(topic, 'v1');
    const other = await instance(topic, 'v1', { signingKeys: [newer] });
    for (let turn = 0; turn < 1_800; turn += 1) {
      await one.look();
      await other.look();
    }
    expect(topic.writes).toBeLessThan(60); // in an hour
    expect(lines.some(({ msg }) => msg === 'a record of the door topic has no signature of ours')).toBe(true);
  });
});
