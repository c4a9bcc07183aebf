import type { Kafka } from 'kafkajs';

import { readTopic } from '../../../adapters/kafka/topic-reader.ts';
import { decode } from '../../../ingest/decode.ts';
import { createProofOf } from '../../../ingest/proof.ts';
import type { SeenRecord } from '../kafka/flow.ts';

export interface SignaturesOptions {
  readonly kafka: Pick<Kafka, 'admin' | 'consumer'>;
  readonly topic: string;
  /** Start of the name of a consumer group of this reading's own. */
  readonly group: string;
  readonly signingKeys: readonly string[];
  readonly since: number;
}

/** Of each partition. */
const last = 20;

/** Whether the newest registrations on the topic are signed, newest first. */
export async function newestRegistrations(options: SignaturesOptions): Promise<readonly SeenRecord[]> {
  const { kafka, topic, group, signingKeys, since } = options;
  const proofOf = createProofOf({ signingKeys, trusted: false });
  const seen: SeenRecord[] = [];
  await readTopic({
    kafka,
    topic,
    group,
    since,
    last,
    onRecord(value, _total, { key, headers = {}, timestamp }) {
      if (isRegistration(value)) {
        seen.push({ at: Number(timestamp), signed: proofOf({ topic, key, value, headers }) === 'signed' });
      }
    },
  });
  return seen.toSorted((left, right) => right.at - left.at);
}

function isRegistration(value: Buffer): boolean {
  try {
    return decode(value).kind === 'registered';
  } catch {
    return false; // a dead letter, which is another finding
  }
}
