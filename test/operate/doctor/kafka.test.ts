import { describe, expect, it } from '@jest/globals';

import { wantedTopics } from '../../../src/adapters/kafka/topic-specs.ts';
import {
  advertisedFindings,
  listedFindings,
  type Reachability,
  type Reached,
  refusalFinding,
} from '../../../src/operate/doctor/kafka/brokers.ts';
import { flowFindings, signatureFindings } from '../../../src/operate/doctor/kafka/flow.ts';
import { topicFindings, type TopicFacts } from '../../../src/operate/doctor/kafka/topics.ts';

const wanted = wantedTopics({ events: 'ev', approvals: 'ap', state: 'st', door: 'do', audit: 'au', deadLetters: 'dl' });
const DAY = 86_400_000;

interface Plant {
  readonly config?: Record<string, string>;
  readonly replicas?: number;
  readonly inSync?: number;
}

function topic({ config = {}, replicas = 3, inSync = replicas }: Plant = {}, policy = 'delete'): TopicFacts {
  const usual = {
    'cleanup.policy': policy,
    'retention.ms': String(365 * DAY),
    'min.compaction.lag.ms': String(DAY),
    'min.insync.replicas': '2',
    'max.message.bytes': '1048588',
  };
  return {
    partitions: [{ id: 0, replicas, inSync, low: 0n, high: 0n }],
    config: new Map(Object.entries({ ...usual, ...config })),
  };
}

const names = ['ev', 'ap', 'st', 'do', 'au', 'dl'] as const;

function faultsOf(planted: Partial<Record<(typeof names)[number], Plant>>, brokers = 3) {
  const facts = new Map(
    names.map((name) => [name, topic(planted[name], ['ap', 'st', 'do'].includes(name) ? 'compact' : 'delete')]),
  );
  return topicFindings(wanted, facts, brokers).map(({ id, level, what }) => [id, level, what.slice(0, 2)]);
}

describe('src/operate/doctor/kafka', () => {
  it('is content with topics as the service would make them', () => {
    expect(faultsOf({})).toEqual([]);
    const config = { 'min.insync.replicas': '1' };
    const one = { config, replicas: 1 };
    expect(faultsOf({ ev: one, ap: one, st: one, au: one, dl: one }, 1)).toEqual([]);
  });

  it.each<[string, string, string, Plant]>([
    ['kafka-cleanup', 'error', 'ap', { config: { 'cleanup.policy': 'delete' } }],
    ['kafka-cleanup', 'error', 'st', { config: { 'cleanup.policy': 'delete' } }],
    ['kafka-cleanup', 'error', 'au', { config: { 'cleanup.policy': 'compact' } }],
    ['kafka-cleanup', 'error', 'dl', { config: { 'cleanup.policy': 'compact,delete' } }],
    ['kafka-cleanup', 'warning', 'ev', { config: { 'cleanup.policy': 'compact' } }],
    ['kafka-timestamp', 'warning', 'au', { config: { 'message.timestamp.type': 'CreateTime' } }],
    ['kafka-retention-short', 'warning', 'ev', { config: { 'retention.ms': '3600000' } }],
    ['kafka-audit-short', 'warning', 'au', { config: { 'retention.ms': String(7 * DAY) } }],
    ['kafka-compaction-early', 'warning', 'ap', { config: { 'min.compaction.lag.ms': '0' } }],
    ['kafka-message-size', 'error', 'dl', { config: { 'max.message.bytes': '65536' } }],
    ['kafka-one-copy', 'warning', 'ap', { replicas: 1, config: { 'min.insync.replicas': '1' } }],
    ['kafka-min-insync', 'warning', 'au', { config: { 'min.insync.replicas': '1' } }],
    ['kafka-behind', 'warning', 'ev', { inSync: 2 }],
    ['kafka-no-quorum', 'error', 'ap', { inSync: 1 }],
  ])('finds %s (%s) of %s in %j', (id, level, name, plant) => {
    expect(faultsOf({ [name]: plant })).toEqual([[id, level, name]]);
  });

  it('keeps nothing for ever where nothing is deleted: retention.ms=-1 is long', () => {
    expect(faultsOf({ ev: { config: { 'retention.ms': '-1' } } })).toEqual([]);
  });

  it('finds kafka-topic-missing, and does not guess at settings that it may not see', () => {
    const facts = new Map([['ev', { ...topic(), config: null }]]);
    expect(topicFindings(wanted, facts, 3).map(({ id }) => id)).toEqual([
      'kafka-not-visible',
      'kafka-topic-missing',
      'kafka-topic-missing',
      'kafka-topic-missing',
      'kafka-topic-missing',
      'kafka-topic-missing',
    ]);
  });

  const flow = (low: bigint, high: bigint, committed: bigint | null, members: number, recent = true) =>
    flowFindings(
      'ev',
      { config: null, partitions: [{ id: 0, replicas: 1, inSync: 1, low, high }] },
      { id: 'g', members, committed: new Map(committed === null ? [] : [[0, committed]]) },
      recent,
    ).map(({ id }) => id);

  it.each<[string, string[]]>([
    ['kafka-flow', flow(0n, 100n, 98n, 1)],
    ['kafka-events-silent', flow(0n, 0n, null, 1, false)],
    ['kafka-nobody-reads', flow(0n, 100n, 40n, 0)],
    ['kafka-nobody-reads', flow(5n, 100n, null, 0)],
    ['kafka-lag', flow(0n, 5_000n, 40n, 2)],
    ['kafka-unread-lost', flow(50n, 60n, 40n, 1)],
  ])('finds %s in how far the group has come', (id, found) => {
    expect(found).toEqual([id]);
  });

  const speaking = (tls: boolean, distrust: string | null = null): Reached => ({ address: 'b:9092', tls, distrust });

  it.each<[string, Reached, { tls: boolean; sasl: boolean }, string | undefined]>([
    ['kafka-tls', speaking(true), { tls: false, sasl: false }, undefined],
    ['kafka-tls', speaking(false), { tls: true, sasl: false }, undefined],
    ['kafka-certificate', speaking(true, 'SELF_SIGNED_CERT'), { tls: true, sasl: false }, undefined],
    ['kafka-sasl', speaking(false), { tls: false, sasl: true }, 'ILLEGAL_SASL_STATE'],
    ['kafka-login', speaking(true), { tls: true, sasl: true }, 'SASL_AUTHENTICATION_FAILED'],
    ['kafka-refuses', speaking(false), { tls: false, sasl: false }, undefined],
  ])('finds %s behind a client that says too little: %j, %j', (id, reached, settings, type) => {
    expect(refusalFinding([reached], settings, 'Closed connection', type)).toMatchObject({ id, level: 'error' });
  });

  it('finds kafka-away when no broker can be reached, and kafka-broker-away when another one can', () => {
    const away = { address: 'a:9092', away: 'ECONNREFUSED' };
    const there = { address: 'b:9092', away: null };
    const shown = (reachabilities: readonly Reachability[]) =>
      listedFindings(reachabilities).map(({ id, level }) => `${level} ${id}`);
    expect(shown([there])).toEqual([]);
    expect(shown([away, there])).toEqual(['warning kafka-broker-away']);
    expect(shown([away, away])).toEqual(['error kafka-away']);
  });

  it('finds kafka-advertised where the cluster sends clients to an address that leads nowhere', () => {
    const [finding] = advertisedFindings([{ address: 'kafka:29092', away: 'ENOTFOUND' }]);
    expect(finding).toMatchObject({ id: 'kafka-advertised', level: 'error' });
    expect(finding?.what).toContain('kafka:29092');
  });

  it.each([
    ['', []],
    ['ok kafka-signatures', [true, true]],
    ['error kafka-signatures-wrong', [false, true]],
    ['error kafka-signatures-wrong', [false]],
    ['warning kafka-signatures-mixed', [true, false]],
  ])('says "%s" of the newest registrations, signed: %j', (said, newest) => {
    const found = signatureFindings(
      'ev',
      newest.map((signed, index) => ({ at: 10 - index, signed })),
    );
    expect(found.map(({ level, id }) => `${level} ${id}`).join()).toBe(said);
  });
});
