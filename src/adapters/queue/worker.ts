import { DelayedError, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { type ErrorCode, isServiceError } from '../../platform/errors.ts';
import { createRepeats } from '../../platform/repeats.ts';
import type { Handler, JobData, QueueName } from '../../jobs/payloads.ts';
import type { WaitingJob } from '../../jobs/outages.ts';
import { isDropped, withoutPersonalData } from '../../jobs/queues.ts';
import { backoff, backoffStrategy, toJobError } from './retry.ts';

export interface WorkerOptions {
  readonly connection: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly log: Logger;
  /** An attempt failed, and another follows. A repeated task has no job that waits. */
  readonly onSetback: (error: unknown, job?: WaitingJob) => Promise<void>;
  readonly onOutcome: (queue: QueueName, outcome: string) => void;
  /** The job did what it was for. */
  readonly onDone: <Name extends QueueName>(queue: Name, job: { id: string; data: JobData[Name] }) => Promise<void>;
  /** A job that is given up; it stays among the failed ones until somebody looks. A repeated task never is. */
  readonly onGivenUp: (queue: QueueName, data: unknown, error: Error) => void;
}

export interface RunningWorker {
  /** Lets active jobs finish, but no longer than `graceMs`; what is cut off is taken up by another instance. */
  stop(graceMs: number): Promise<void>;
}

/**
 * A crashed worker's jobs are taken up after `lockDuration` and `stalledInterval`: 15 s at most, against the default's
 * minute. Every handler is safe to run twice, which a worker that stood still longer than its lock makes happen.
 */
const recovery = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 5 };
/** What waits for something that passes by itself or by somebody's hand is put off, not failed: it never runs out of tries. */
const postponeMs: Partial<Record<ErrorCode, number>> = {
  USER_BUSY: 100,
  RULES_NOT_IN_FORCE: 300,
  ADDRESS_UNVERIFIED: 5_000,
  EXTERNAL_UNAVAILABLE: 5_000,
  EXTERNAL_UNUSABLE: 20_000,
  AUDIT_UNAVAILABLE: 5_000,
  CLOCK_BEHIND: 5_000,
  RULE_STOPPED: 20_000,
  HEADERS_UNKNOWN: 60_000,
  DRY_RUN: 20_000,
  DIGEST_PENDING: 1_000,
};
/** A shorter wait is over before anybody could ask for its reason. */
const worthAReasonMs = 1_000;

export function startWorker<Name extends QueueName>(
  queue: Name,
  handle: Handler<Name>,
  { connection, prefix, concurrency, log, onSetback, onOutcome, onDone, onGivenUp }: WorkerOptions,
): RunningWorker {
  const worker = new Worker<JobData[Name], string>(
    queue,
    async (job, token) => {
      const id = job.id ?? '';
      try {
        const outcome = isDropped(job.data)
          ? 'dropped'
          : await handle({ id, data: job.data, save: (data) => job.updateData(data) });
        onOutcome(queue, outcome);
        await onDone(queue, { id, data: job.data });
        return outcome;
      } catch (error) {
        const waitMs = postponedFor(error);
        if (waitMs !== undefined) {
          if (waitMs >= worthAReasonMs) {
            await job.updateProgress({ waitsFor: toJobError(error).message });
            await onSetback(error); // it comes again by itself, and needs no waking
          }
          await job.moveToDelayed(Date.now() + waitMs, token);
          throw new DelayedError();
        }
        const failed = toJobError(error);
        if (job.progress !== 0) {
          await job.updateProgress(0);
        }
        if (job.repeatJobKey !== undefined) {
          await onSetback(error);
        } else if (!(failed instanceof UnrecoverableError || backoff(job.attemptsMade + 1, error) < 0)) {
          await onSetback(error, { queue, id });
        } else {
          await job.updateData(withoutPersonalData(queue, job.data)); // it is given up, and stays for as long as nobody looks
        }
        throw failed;
      }
    },
    { connection, prefix, concurrency, ...recovery, settings: { backoffStrategy } },
  );
  worker.on('error', () => undefined); // the connection reports its own errors
  tellFailures(worker, queue, { log, onOutcome, onGivenUp });
  return {
    async stop(graceMs) {
      // `close` waits for ever when Redis is away.
      const drained = worker.close().then(() => true);
      const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), graceMs).unref());
      if (!(await Promise.race([drained, late]))) {
        log.warn({ queue }, 'jobs were cut off by the stop; another attempt takes them up');
        await worker.close(true);
      }
    },
  };
}

/** `undefined`: the job is not put off, but failed. An error may ask for a longer wait than is usual. */
function postponedFor(error: unknown): number | undefined {
  const usual = isServiceError(error) ? postponeMs[error.code] : undefined;
  const asked = isServiceError(error) ? error.details['retryAfterMs'] : undefined;
  return usual === undefined || typeof asked !== 'number' ? usual : Math.max(usual, asked);
}

/** Into the log, the metrics and the audit. */
function tellFailures<Name extends QueueName>(
  worker: Worker<JobData[Name], string>,
  queue: Name,
  { log, onOutcome, onGivenUp }: Pick<WorkerOptions, 'log' | 'onOutcome' | 'onGivenUp'>,
): void {
  const repeats = createRepeats();
  worker.on('failed', (job, error) => {
    const cause = error.cause ?? error;
    const details = isServiceError(cause) ? { code: cause.code, ...cause.details } : {};
    const entry = { queue, jobId: job?.id, attempt: job?.attemptsMade, err: error.message, ...details };
    if (job === undefined || job.finishedOn === undefined) {
      const quiet = isServiceError(cause, 'USER_NOT_YET_VISIBLE') || isServiceError(cause, 'EVENT_UNCONFIRMED');
      log[quiet ? 'debug' : 'warn'](entry, 'job failed; it will be tried again');
      return;
    }
    if (job.repeatJobKey !== undefined) {
      onOutcome(queue, 'failed');
      const told = repeats(`${job.repeatJobKey} ${troubleOf(cause)}`);
      if (told !== null) {
        const task = { ...entry, task: job.repeatJobKey, ...told };
        log.warn(task, 'a repeated task failed; it is done again at its next turn');
      }
      return;
    }
    log.error(entry, 'job given up; it stays among the failed ones');
    // Also here: no attempt of a job that killed its workers comes to know that it was the last.
    job
      .updateData(withoutPersonalData(queue, job.data))
      .catch((cause: unknown) =>
        log.warn(
          { queue, jobId: job.id, err: cause instanceof Error ? cause.message : cause },
          'a failed job keeps its data',
        ),
      );
    onGivenUp(queue, job.data, error);
  });
}

/** The same for each turn of a task: an error about several counts them, and its first one says why. */
function troubleOf(error: unknown): string {
  const [first = error] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return first === error ? (error instanceof Error ? error.message : String(error)) : troubleOf(first);
}
