import type { StoredJob, StoredJobs } from '../../adapters/queue/stored-jobs.ts';
import { type Audit, type AuditEntry, idsOf } from '../../jobs/audit.ts';
import type { ListedJob } from './listed-job.ts';

export type Change = 'retry' | 'drop';

/** Who changes it, and why. */
export interface Actor {
  readonly by: string;
  readonly reason: string | undefined;
}

/** Why a job cannot be changed so, with the remedy; `null`: it can. */
export function obstacleTo(change: Change, job: ListedJob, now: number): string | null {
  switch (job.state) {
    case 'active':
      return 'it runs just now; look again when it ended';
    case 'completed':
      return 'it is done already';
    case 'dropped':
      return 'it is dropped already';
    default:
      break;
  }
  if (change === 'drop') {
    return job.queue === 'outcomes'
      ? 'approvers decided, and the sweep would queue the outcome again; have it retried, or delete the account in Keycloak'
      : null;
  }
  return job.state === 'delayed' && job.plannedFor > now
    ? `it is not due before ${new Date(job.plannedFor).toISOString()}; it runs then by itself`
    : null;
}

export type Changed = 'changed' | 'too-late';

/**
 * Records the change, then makes it. So what an operator did is in the audit also if this program is killed in between.
 * A change that came too late is recorded as such.
 */
export async function change(
  how: Change,
  { job, stored }: { readonly job: ListedJob; readonly stored: StoredJob },
  { by, reason }: Actor,
  { jobs, audit }: { readonly jobs: Pick<StoredJobs, 'retry' | 'drop'>; readonly audit: Pick<Audit, 'record'> },
): Promise<Changed> {
  const entry = entryOf(how, job, { by, reason });
  if (entry !== null) {
    await audit.record(entry);
  }
  const done = await jobs[how](stored);
  if (!done && entry !== null) {
    const because = `the ${how} by an operator came too late: the job was in another state by then`;
    await audit.record({ ...entry, kind: 'skipped', because });
  }
  return done ? 'changed' : 'too-late';
}

/** `null`: the job concerns no one person, so there is no entry to keep it under. */
export function entryOf(how: Change, { queue, work, concerns }: ListedJob, { by, reason }: Actor): AuditEntry | null {
  if (concerns === null) {
    return null;
  }
  const { rule, version, step, approval } = concerns;
  return {
    kind: how === 'retry' ? 'retried' : 'dropped',
    ...idsOf(concerns),
    ...(rule === undefined ? {} : { rule }),
    ...(version === undefined ? {} : { version }),
    ...(step === undefined ? {} : { step }),
    ...(approval === undefined ? {} : { approval }),
    outcome: `${queue}: ${work}`,
    because: reason ?? 'no reason given',
    by,
  };
}

/** What dropping the job means for somebody. @param person how to call them */
export function neverAfter({ work, concerns }: ListedJob, person: string): string {
  return concerns === null ? `will never happen: ${work}` : `will never happen for ${person}: ${work}`;
}
