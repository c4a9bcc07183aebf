import { setTimeout as sleep } from 'node:timers/promises';

import kafkajs, { type Admin } from 'kafkajs';

import { createKafka, type KafkaSettings } from '../../../adapters/kafka/client.ts';
import { kafkaError } from '../../../adapters/kafka/errors.ts';
import { type TopicNames, wantedTopics } from '../../../adapters/kafka/topic-specs.ts';
import { createLog } from '../../../platform/log.ts';
import type { Probe } from '../diagnose.ts';
import { type Finding, fine } from '../finding.ts';
import type { RuleBook } from '../../../rules/model.ts';
import { advertisedFindings, listedFindings, refusalFinding } from '../kafka/brokers.ts';
import { doorFindings, doorKeyFindings } from '../kafka/door.ts';
import { flowFindings, type GroupFacts, signatureFindings } from '../kafka/flow.ts';
import { groupRefusedFinding, topicFindings, type TopicFacts } from '../kafka/topics.ts';
import { doorFacts } from './door.ts';
import { tryToReach, reach } from './reach.ts';
import { newestRegistrations } from './signatures.ts';

export interface KafkaProbeOptions {
  readonly settings: KafkaSettings;
  readonly topics: TopicNames;
  readonly group: string;
  /** None: nothing is said about signatures. */
  readonly signingKeys: readonly string[];
  /** `null`: the rule files cannot be read. */
  readonly rules: RuleBook | null;
  /** For one connection, in ms. */
  readonly patienceMs: number;
  readonly now: () => number;
}

const WEEK_MS = 7 * 86_400_000;
/** A broker lets a new group wait for some seconds before it may read. */
const READING_MS = 15_000;

export function kafkaProbe(options: KafkaProbeOptions): Probe {
  const { settings, topics, group, patienceMs, now } = options;
  return {
    name: 'Kafka',
    area: 'kafka',
    async look(found) {
      const reachabilities = await Promise.all(settings.brokers.map((broker) => tryToReach(broker, patienceMs)));
      found(...listedFindings(reachabilities));
      const brokers = reachabilities.filter(({ away }) => away === null).map(({ address }) => address);
      if (brokers.length === 0) {
        return;
      }
      // One that is away would use up the only attempt.
      const admin = createKafka({ ...settings, brokers, retries: 0 }, createLog('silent')).admin();
      const reached = Promise.all(brokers.map((broker) => reach(broker, patienceMs)));
      try {
        await within(patienceMs, admin.connect());
      } catch (cause) {
        const { details, message } = kafkaError(cause, 'talk to a broker');
        const type = typeof details['type'] === 'string' ? details['type'] : undefined;
        const given = { tls: Boolean(settings.tls), sasl: settings.sasl !== undefined };
        found(refusalFinding(await reached, given, message, type));
        void admin.disconnect().catch(() => undefined); // may wait for the same broker
        return;
      }
      try {
        await lookInside(admin, found);
      } finally {
        await admin.disconnect();
      }
    },
  };

  async function lookInside(admin: Admin, found: (...findings: readonly Finding[]) => void): Promise<void> {
    const { brokers } = await admin.describeCluster();
    found(fine('kafka', `answers, ${brokers.length} broker${brokers.length === 1 ? '' : 's'}`));
    const advertised = Promise.all(brokers.map(({ host, port }) => tryToReach(`${host}:${port}`, patienceMs)));
    const facts = await topicFacts(admin, Object.values(topics));
    const login = settings.sasl?.username;
    found(...topicFindings(wantedTopics(topics), facts, brokers.length, login));
    found(...advertisedFindings(await advertised));
    const events = facts.get(topics.events);
    if (events !== undefined) {
      const recent = await writtenSince(admin, topics.events, events, now() - WEEK_MS);
      try {
        const facts = await whenLoaded(() => groupFacts(admin, group, topics.events));
        found(...flowFindings(topics.events, events, facts, recent));
      } catch (cause) {
        const failure = kafkaError(cause, 'look at the consumer group', { groupId: group });
        if (failure.details['type'] !== 'GROUP_AUTHORIZATION_FAILED') {
          throw failure;
        }
        found(groupRefusedFinding(group, login ?? '…'));
      }
    }
    const signed = events === undefined ? [] : signaturesOf(options);
    found(...(await doorOf(options, facts.has(topics.door))));
    found(...(await signed));
  }
}

async function doorOf(
  { settings, topics, group, signingKeys, rules }: KafkaProbeOptions,
  isThere: boolean,
): Promise<readonly Finding[]> {
  if (signingKeys.length === 0) {
    return doorKeyFindings(rules);
  }
  if (!isThere) {
    return []; // a finding about the topic says so
  }
  const kafka = createKafka(settings, createLog('silent'));
  const { door: topic } = topics;
  try {
    const facts = await within(READING_MS, doorFacts({ kafka, topic, group: `${group}-door`, signingKeys }));
    return doorFindings(topic, facts, rules);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fine('kafka-not-visible', `whether ${topic} has the policy of the rules is not visible: ${why}`)];
  }
}

async function signaturesOf({
  settings,
  topics,
  group,
  signingKeys,
  now,
}: KafkaProbeOptions): Promise<readonly Finding[]> {
  if (signingKeys.length === 0) {
    return [];
  }
  const kafka = createKafka(settings, createLog('silent'));
  const since = now() - WEEK_MS;
  const { events: topic } = topics;
  try {
    const newest = await within(READING_MS, newestRegistrations({ kafka, topic, group, signingKeys, since }));
    return signatureFindings(topic, newest);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fine('kafka-not-visible', `whether the registrations on ${topic} are signed is not visible: ${why}`)];
  }
}

/** A broker makes or loads what it knows of groups in its first seconds, and says so until then. */
async function whenLoaded<T>(look: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look();
    } catch (error) {
      if (attempt === 20 || !(error instanceof Error && /coordinator/i.test(error.message))) {
        throw error;
      }
      await sleep(500);
    }
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(late));
}

async function topicFacts(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, TopicFacts>> {
  const existing = new Set(await admin.listTopics());
  const topics = [...new Set(names)].filter((name) => existing.has(name));
  if (topics.length === 0) {
    return new Map();
  }
  const [metadata, configs, ...ends] = await Promise.all([
    admin.fetchTopicMetadata({ topics }),
    configsOf(admin, topics),
    ...topics.map((topic) => admin.fetchTopicOffsets(topic)),
  ]);
  return new Map(
    topics.map((topic, index) => {
      const offsets = new Map(ends[index]?.map((end) => [end.partition, end]));
      const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return [
        topic,
        {
          config: configs?.get(topic) ?? null,
          partitions: partitions.map(({ partitionId, replicas, isr }) => ({
            id: partitionId,
            replicas: replicas.length,
            inSync: isr.length,
            low: BigInt(offsets.get(partitionId)?.low ?? 0),
            high: BigInt(offsets.get(partitionId)?.high ?? 0),
          })),
        },
      ];
    }),
  );
}

/** `null`: not visible. */
async function configsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>> | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch (cause) {
    const failure = kafkaError(cause, 'read the settings of topics');
    if (failure.details['type'] !== 'TOPIC_AUTHORIZATION_FAILED') {
      throw failure;
    }
    return null;
  }
}

async function writtenSince(admin: Admin, topic: string, { partitions }: TopicFacts, since: number): Promise<boolean> {
  const first = await admin.fetchTopicOffsetsByTimestamp(topic, since);
  return first.some(({ partition, offset }) => {
    const end = partitions.find(({ id }) => id === partition)?.high ?? 0n;
    return BigInt(offset) < end;
  });
}

async function groupFacts(admin: Admin, id: string, topic: string): Promise<GroupFacts> {
  const [{ groups }, offsets] = await Promise.all([
    admin.describeGroups([id]),
    admin.fetchOffsets({ groupId: id, topics: [topic] }),
  ]);
  const committed = offsets.flatMap(({ partitions }) => partitions).filter(({ offset }) => BigInt(offset) >= 0n);
  return {
    id,
    members: groups[0]?.members.length ?? 0,
    committed: new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)])),
  };
}
