import type { Kafka } from 'kafkajs';

import { readTopic } from '../../../adapters/kafka/topic-reader.ts';
import { signatureHeader } from '../../../ingest/signature.ts';
import { TopicState } from '../../../rules/door/topic-state.ts';
import type { DoorFacts } from '../kafka/door.ts';

export interface DoorProbeOptions {
  readonly kafka: Pick<Kafka, 'admin' | 'consumer'>;
  readonly topic: string;
  /** Start of the name of a consumer group of this reading's own. */
  readonly group: string;
  readonly signingKeys: readonly string[];
}

/** What a Keycloak would read that starts now. */
export async function doorFacts({ kafka, topic, group, signingKeys }: DoorProbeOptions): Promise<DoorFacts> {
  const state = new TopicState(topic, signingKeys);
  let unsigned = 0;
  await readTopic({
    kafka,
    topic,
    group,
    since: 0,
    setting: 'KAFKA_DOOR_TOPIC',
    onRecord(value, _total, { key, headers = {}, offset }) {
      const signature = headers[signatureHeader];
      const known = state.take({
        key: String(key),
        value: String(value),
        signature: Array.isArray(signature) ? undefined : signature?.toString(),
        offset: BigInt(offset),
      });
      unsigned += known ? 0 : 1;
    },
  });
  return { version: state.inForce?.version ?? null, whole: state.missing().length === 0, unsigned };
}
