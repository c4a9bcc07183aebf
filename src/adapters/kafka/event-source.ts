import type { EachBatchPayload } from 'kafkajs';

import type { EventSource, IncomingRecord } from '../../ingest/consume.ts';
import { createOffsetCommitter } from './offset-committer.ts';
import { type ConsumerSettings, SupervisedConsumer } from './supervised-consumer.ts';

/**
 * The events topic, shared with the other instances of the group. An offset is committed after its records are done
 * with, beside the reading of the next ones.
 */
export function createEventSource(settings: ConsumerSettings): EventSource {
  const committer = createOffsetCommitter(settings.log);
  const lags = new Map<number, number>();
  let consumer: SupervisedConsumer | null = null;

  return {
    start(onBatch) {
      consumer = new SupervisedConsumer(settings, {
        async eachBatch({ batch, ...payload }, signal) {
          const { topic, partition } = batch;
          await onBatch(recordsOf(batch), signal);
          payload.resolveOffset(batch.lastOffset());
          lags.set(partition, Number(batch.offsetLag()));
          committer.note(partition, String(BigInt(batch.lastOffset()) + 1n), (offsets) => {
            const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }));
            return payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
          });
        },
        joined() {
          committer.forget();
          lags.clear();
        },
        leaving: () => committer.flush(),
      });
      return consumer.start();
    },
    async stop() {
      await consumer?.stop();
    },
    health() {
      const lag = [...lags.values()].reduce((sum, each) => sum + each, 0);
      return { state: consumer?.state ?? 'connecting', lag, lastError: consumer?.lastError ?? null };
    },
  };
}

function recordsOf({ topic, partition, messages }: EachBatchPayload['batch']): IncomingRecord[] {
  return messages.map(({ offset, key, value, headers = {} }) => ({ topic, partition, offset, key, value, headers }));
}
