import type { RememberedJobs } from '../adapters/queue/remembered-jobs.ts';
import type { Queues } from '../adapters/queue/queues.ts';
import type { TopicMaterialiser } from '../adapters/redis/topic-materialiser.ts';
import type { RememberedState } from '../adapters/redis/remembered-state.ts';
import type { RepeatedTask } from '../jobs/payloads.ts';
import type { Base } from './base.ts';

export interface UpkeepDeps {
  readonly queues: Pick<Queues, 'schedule' | 'scheduled' | 'add'>;
  readonly jobs: Pick<RememberedJobs, 'bringBack'>;
  readonly state: Pick<RememberedState, 'forget'>;
  readonly materialiser: Pick<TopicMaterialiser, 'ready'>;
}

/** How often each repeated task comes, in ms. */
const tasks: Readonly<Record<RepeatedTask, number>> = { sweep: 5_000, reconcile: 30_000, 'look-for-verified': 30_000 };
const lookEveryMs = 1_000;

/**
 * Looks every second whether Redis still has what the service put there, and restores it: also under a running service
 * somebody can empty Redis. The repeated tasks need nothing but Redis. Jobs come back when Kafka was read again, and then
 * the event stores are read at once.
 */
export async function startUpkeep({ log, lifecycle, now }: Base, deps: UpkeepDeps): Promise<void> {
  const { queues, jobs, state, materialiser } = deps;
  let wasReady = materialiser.ready;
  let failing = false;

  async function scheduleAll(): Promise<void> {
    for (const [kind, everyMs] of Object.entries(tasks)) {
      await queues.schedule(kind as RepeatedTask, everyMs);
    }
  }

  async function look(): Promise<void> {
    if ((await queues.scheduled()) < Object.keys(tasks).length) {
      log.error('the repeated tasks were gone from Redis; they are scheduled again');
      await scheduleAll();
    }
    const { ready } = materialiser;
    if (!ready) {
      wasReady = false;
      return;
    }
    const back = await jobs.bringBack();
    if (back > 0) {
      log.warn({ jobs: back }, 'jobs that Redis had lost are queued again');
    }
    if (!wasReady) {
      await queues.add('deadlines', [{ id: `reconcile-${now()}`, data: { kind: 'reconcile' } }]);
      wasReady = true;
    }
    await state.forget();
  }

  async function lookOrReport(): Promise<void> {
    try {
      await look();
      failing = false;
    } catch (error) {
      if (!failing) {
        log.warn({ err: error }, 'it cannot be seen whether Redis has lost something');
      }
      failing = true;
    }
  }

  await scheduleAll();
  await jobs.bringBack();
  await lifecycle.open(
    'upkeep',
    () => {
      let looking: Promise<void> = Promise.resolve();
      let busy = false;
      const timer = setInterval(() => {
        if (!busy) {
          busy = true;
          looking = lookOrReport().finally(() => (busy = false));
        }
      }, lookEveryMs);
      return {
        async stop() {
          clearInterval(timer);
          await looking;
        },
      };
    },
    (made) => made.stop(),
  );
}
