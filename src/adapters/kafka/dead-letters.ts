import type { ServiceError } from '../../platform/errors.ts';
import type { IncomingRecord, RecordHeaders } from '../../ingest/consume.ts';
import type { TopicWriter } from './topic-writer.ts';

/** A dead letter has to fit below the brokers' default `message.max.bytes`, or its partition would wait for ever. */
const MAX_VALUE_BYTES = 700_000;
const MAX_REST_BYTES = 64_000;

/** Ours among the headers of a dead letter; what an operator needs to find the record and its fault. */
export const deadLetterHeaders = {
  code: 'vestibule-error-code',
  because: 'vestibule-error',
  topic: 'vestibule-topic',
  partition: 'vestibule-partition',
  offset: 'vestibule-offset',
  at: 'vestibule-at',
  /** Only where the value or the record's own headers had to be cut: read the original in its topic. */
  cut: 'vestibule-cut',
} as const;

/**
 * Of the record that says what an operator did with a dead letter. The topic is append-only, so the letter itself stays
 * as it is. A letter whose own headers hold this name is no note: each letter has an offset among ours.
 */
export const noteHeader = 'vestibule-note';

/** Keeps records that cannot be read: key, value and headers as they came, the cause in headers of our own. */
export function createDeadLetters(writer: Pick<TopicWriter, 'write'>, now: () => number = Date.now) {
  return async function sendToDeadLetters(record: IncomingRecord, error: ServiceError): Promise<void> {
    const { topic, partition, offset, key, value, headers } = record;
    const valueTooLong = (value?.byteLength ?? 0) > MAX_VALUE_BYTES;
    const restTooLong = (key?.byteLength ?? 0) + bytesOf(headers) > MAX_REST_BYTES;
    const cut = [...(valueTooLong ? ['value'] : []), ...(restTooLong ? ['key and headers'] : [])].join(', ');
    await writer.write({
      key: restTooLong ? null : key,
      value: valueTooLong ? (value?.subarray(0, MAX_VALUE_BYTES) ?? null) : value,
      headers: {
        ...(restTooLong ? {} : headers),
        [deadLetterHeaders.code]: error.code,
        [deadLetterHeaders.because]: error.message,
        [deadLetterHeaders.topic]: topic,
        [deadLetterHeaders.partition]: String(partition),
        [deadLetterHeaders.offset]: offset,
        [deadLetterHeaders.at]: new Date(now()).toISOString(),
        ...(cut === '' ? {} : { [deadLetterHeaders.cut]: cut }),
      },
    });
  };
}

function bytesOf(headers: RecordHeaders): number {
  const parts = Object.entries(headers).flatMap(([name, value]) => [name, value ?? ''].flat());
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}
