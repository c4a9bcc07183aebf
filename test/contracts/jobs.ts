import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import type { OutcomeJob } from '../../src/jobs/outcome-job.ts';
import type { Jobs } from '../../src/jobs/payloads.ts';

export interface InspectedJobs {
  readonly jobs: Jobs;
  /** What the queue `decisions` holds, by job id. */
  readonly held: () => Promise<ReadonlyMap<string, { readonly data: OutcomeJob; readonly delayMs: number }>>;
}

/** What every queue does with jobs that are added, the real one and the tests' own. */
export function jobsContract(queues: () => InspectedJobs): void {
  const named = (): string => `job-${randomUUID()}`;

  it('holds what was added, with its delay', async () => {
    const [now, later] = [named(), named()];
    await queues().jobs.add('outcomes', [
      { id: now, data: { approvalId: 'a', revision: 2 } },
      { id: later, data: { approvalId: 'b', revision: 2, done: 1 }, delayMs: 60_000 },
    ]);
    const held = await queues().held();
    expect(held.get(now)).toEqual({ data: { approvalId: 'a', revision: 2 }, delayMs: 0 });
    expect(held.get(later)).toEqual({ data: { approvalId: 'b', revision: 2, done: 1 }, delayMs: 60_000 });
  });

  it('adds a job once, whether its id comes again alone, in one call, or with other data', async () => {
    const id = named();
    await queues().jobs.add('outcomes', [
      { id, data: { approvalId: 'first', revision: 2 } },
      { id, data: { approvalId: 'second', revision: 2 } },
    ]);
    await queues().jobs.add('outcomes', [{ id, data: { approvalId: 'third', revision: 2 } }]);
    expect((await queues().held()).get(id)?.data).toEqual({ approvalId: 'first', revision: 2 });
  });

  it('keeps its own copy: what is changed after it was added does not change the job', async () => {
    const id = named();
    const data = { approvalId: 'a', revision: 2 };
    await queues().jobs.add('outcomes', [{ id, data }]);
    data.approvalId = 'changed';
    expect((await queues().held()).get(id)?.data).toEqual({ approvalId: 'a', revision: 2 });
  });

  it.each(['with:colon', '12345'])('refuses the job id %s', async (id) => {
    await expect(queues().jobs.add('outcomes', [{ id, data: { approvalId: 'a', revision: 2 } }])).rejects.toThrow();
  });

  it('takes an empty list', async () => {
    await expect(queues().jobs.add('outcomes', [])).resolves.toBeUndefined();
  });
}
