import { UnrecoverableError } from 'bullmq';

import { errorCatalog, isServiceError, ServiceError } from '../../platform/errors.ts';

/**
 * With the waits below these take three days, as webhook senders do; longer than any weekend's outage. Counted, not read
 * off a clock: a step that was put off for a month has all of its attempts before it.
 */
const mostAttempts = 440;

const slow = { first: 1_000, factor: 2, longest: 10 * 60_000 };
/** A user that is not visible yet becomes so within milliseconds; the door stands open meanwhile. */
const fast = { first: 20, factor: 1.6, longest: 2_000 };
/** About a dozen looks into the event store in a minute: anyone who can write to the topic can cause them. */
const unconfirmed = { first: 50, factor: 2, longest: 10_000 };

/**
 * How long to wait before the next attempt, in ms, with jitter so that many do not return at once; -1 gives up.
 * @param attempt number of attempts made, from 1
 */
export function backoff(attempt: number, error: unknown, random: () => number = Math.random): number {
  if (attempt > mostAttempts) {
    return -1;
  }
  const { first, factor, longest } = isServiceError(error, 'USER_NOT_YET_VISIBLE')
    ? fast
    : isServiceError(error, 'EVENT_UNCONFIRMED')
      ? unconfirmed
      : slow;
  const wait = Math.min(first * factor ** (attempt - 1), longest);
  const asked = error instanceof ServiceError ? error.details['retryAfterMs'] : undefined;
  return Math.round(Math.max(wait * (0.75 + random() / 2), typeof asked === 'number' ? asked : 0));
}

export function backoffStrategy(attempt: number, _type?: string, error?: Error): number {
  return backoff(attempt, isServiceError(error?.cause) ? error.cause : error);
}

/**
 * Into the queue's vocabulary: what can never succeed is not tried again; what is unknown is. The queue keeps only the
 * message, so it begins with the code.
 */
export function toJobError(error: unknown): Error {
  if (error instanceof ServiceError) {
    const message = `${error.code}: ${error.message}`;
    return Object.assign(error.retryable ? new Error(message) : new UnrecoverableError(message), { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}

/** The code of an error that the queue kept as its message; `null`: there is none. */
export function codeIn(message: string | null): string | null {
  if (message === null) {
    return null;
  }
  const [, code = ''] = /^([A-Z_]+): /.exec(message) ?? [];
  return Object.hasOwn(errorCatalog, code) ? code : 'UNKNOWN';
}
