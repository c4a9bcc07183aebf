import type { Handler } from '../jobs/payloads.ts';
import { withoutPersonalData } from '../jobs/queues.ts';
import type { Recall } from './recall.ts';

/**
 * A finished delayed step keeps no personal data. A step that was given up has lost it already, so what its rule looks
 * at is read again before the step is tried again.
 */
export function forgetful(handle: Handler<'deadlines'>, recall: Recall): Handler<'deadlines'> {
  return async (job) => {
    if (job.data.kind !== 'delayed-step') {
      return handle(job);
    }
    const { bare, context, ...rest } = job.data;
    const registration = bare === true ? await recall(context.registration) : context.registration;
    const data = { ...rest, context: { ...context, registration } };
    const outcome = await handle({ ...job, data });
    await job.save(withoutPersonalData('deadlines', data));
    return outcome;
  };
}
