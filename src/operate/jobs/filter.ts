import type { QueueName } from '../../jobs/payloads.ts';
import type { ListedJob } from './listed-job.ts';

/** What an operator asks for. What is absent does not matter. */
export interface JobFilter {
  readonly queues: readonly QueueName[];
  readonly realm?: string | undefined;
  readonly client?: string | undefined;
  readonly user?: string | undefined;
  /** Name of a rule, or path of its file. */
  readonly rule?: string | undefined;
  readonly code?: string | undefined;
  /** ms since 1970. */
  readonly since?: number | undefined;
  readonly before?: number | undefined;
}

export function matches(job: ListedJob, filter: JobFilter): boolean {
  const { realm, clientId, userId, rule } = job.concerns ?? {};
  const at = timeOf(job);
  return (
    same(filter.realm, realm) &&
    same(filter.client, clientId) &&
    same(filter.user, userId) &&
    (filter.rule === undefined || rule?.rule === filter.rule || rule?.file === filter.rule) &&
    same(filter.code, job.code ?? undefined) &&
    (filter.since === undefined || at >= filter.since) &&
    (filter.before === undefined || at < filter.before)
  );
}

/** When it was given up or ended, else when it was added. */
export function timeOf({ finishedAt, addedAt }: ListedJob): number {
  return finishedAt ?? addedAt;
}

function same(wanted: string | undefined, has: string | undefined): boolean {
  return wanted === undefined || wanted === has;
}
