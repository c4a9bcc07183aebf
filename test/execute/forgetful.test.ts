import { describe, expect, it } from '@jest/globals';

import { forgetful } from '../../src/execute/forgetful.ts';
import type { DeadlineJob } from '../../src/jobs/payloads.ts';
import { withoutPersonalData } from '../../src/jobs/queues.ts';
import { fakeJob } from '../fakes/jobs.ts';
import { mia, context } from '../fakes/registrations.ts';

const step = { uses: 'delete-user', with: null, after: 1_000 } as const;
const due: DeadlineJob = { kind: 'delayed-step', context: { ...context, person: null }, step };

function setup(fault?: Error) {
  const seen: DeadlineJob[] = [];
  const recalled: string[] = [];
  const handle = forgetful(
    async ({ data }) => {
      seen.push(data);
      if (fault !== undefined) {
        throw fault;
      }
      return 'applied';
    },
    async ({ eventId }) => {
      recalled.push(eventId);
      return { ...mia, eventId };
    },
  );
  return { handle, seen, recalled };
}

describe('src/execute/forgetful', () => {
  it('keeps nothing of the person with a step that is done', async () => {
    const { handle, recalled } = setup();
    const job = fakeJob<'deadlines'>(due);
    await expect(handle(job)).resolves.toBe('applied');
    expect(recalled).toEqual([]); // nothing was lost yet
    expect(JSON.stringify(job.data)).not.toMatch(/mia|Meyer|192\.0\.2\.7/i);
  });

  it('keeps what the step needs as long as it is not done', async () => {
    const { handle } = setup(new Error('away'));
    const job = fakeJob<'deadlines'>(due);
    await expect(handle(job)).rejects.toThrow('away');
    expect(job.data).toEqual(due);
  });

  it('reads again what a step that was given up has lost', async () => {
    const { handle, seen } = setup();
    await handle(fakeJob<'deadlines'>(withoutPersonalData('deadlines', due)));
    expect(seen).toMatchObject([{ kind: 'delayed-step', context: { registration: { ip: mia.ip } }, step }]);
  });

  it('leaves other jobs as they are', async () => {
    const { handle, seen } = setup();
    const job = fakeJob<'deadlines'>({ kind: 'sweep' });
    await handle(job);
    expect([seen, job.data]).toEqual([[{ kind: 'sweep' }], { kind: 'sweep' }]);
  });
});
