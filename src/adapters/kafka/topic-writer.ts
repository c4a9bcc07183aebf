import type { Message, Producer } from 'kafkajs';

import { kafkaError } from './errors.ts';

export interface TopicWriter {
  /** Resolves when all in-sync replicas have it. */
  write(message: Message): Promise<void>;
  /** Resolves when nothing is under way, whatever became of it. */
  idle(): Promise<void>;
}

/** Below the brokers' default `message.max.bytes`, which holds for all that one request brings to a partition. */
const MAX_BATCH_BYTES = 900_000;
const MESSAGE_OVERHEAD = 100;

interface Waiting {
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes to one topic, one request at a time; what comes in meanwhile travels together in the next. So a single message
 * is sent at once, a burst is batched without a timer, and messages arrive in the order of their `write` even when a
 * request is repeated.
 *
 * Not kafkajs's idempotent producer: when it gives a request up it takes the sequence numbers back, and if the broker
 * had stored that request after all, it then acknowledges the next one as a repeat without storing it. A duplicate does
 * no harm here (entries and snapshots carry an id), a silent loss does.
 */
export function createTopicWriter(producer: Pick<Producer, 'send'>, topic: string): TopicWriter {
  const queue: Waiting[] = [];
  let pumping: Promise<void> | null = null;

  async function pump(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, fitting(queue));
      try {
        await producer.send({ topic, acks: -1, messages: batch.map(({ message }) => message) });
        batch.forEach(({ resolve }) => resolve());
      } catch (cause) {
        const error = kafkaError(cause, `write to topic ${topic}`, { topic }, 'Write');
        batch.forEach(({ reject }) => reject(error));
      }
    }
    pumping = null;
  }

  return {
    write(message) {
      return new Promise((resolve, reject) => {
        queue.push({ message, resolve, reject });
        pumping ??= pump();
      });
    },
    async idle() {
      await pumping;
    },
  };
}

/** How many of the waiting messages one request may take; at least one. */
function fitting(queue: readonly Waiting[]): number {
  let bytes = 0;
  const tooMuch = queue.findIndex(({ message }) => (bytes += sizeOf(message)) > MAX_BATCH_BYTES);
  return tooMuch === -1 ? queue.length : Math.max(tooMuch, 1);
}

function sizeOf({ key, value, headers }: Message): number {
  const parts = [key, value, ...Object.entries(headers ?? {}).flat(2)];
  return parts.reduce((sum, part) => sum + (part ? Buffer.byteLength(part) : 0), MESSAGE_OVERHEAD);
}
