import { ruleStopped } from '../src/execute/lockout-limit.ts';
import { type Recall, recalled } from '../src/execute/recall.ts';
import { runRegistration, type RunRegistrationDeps } from '../src/execute/run-registration.ts';
import type { Handler, UserLock } from '../src/jobs/payloads.ts';
import { withoutPersonalData } from '../src/jobs/queues.ts';

export interface RegistrationsDeps extends RunRegistrationDeps {
  readonly lock: UserLock;
  readonly recall: Recall;
}

/** Applies the rules of the client to one fresh registration. */
export function createRegistrations(deps: RegistrationsDeps): Handler<'registrations'> {
  const { guards, lock, lockouts, recall, users } = deps;

  return async (given) => {
    const mark = await lockouts.mark(given.data.registration);
    if (mark.finished) {
      await given.save(withoutPersonalData('registrations', { registration: given.data.registration }));
      return 'known';
    }
    const job = await recalled(given, recall, users);
    const { registration, stopped } = job.data;
    if (stopped !== undefined && (await guards.isStopped(stopped.rule, registration.realm))) {
      throw ruleStopped(stopped.rule, registration);
    }
    const outcome = await lock.hold(registration, job.id, () => runRegistration(deps, job, mark));
    // Finished first: an attempt after it needs nothing of the person. One before it has all that this one had.
    await lockouts.finish(registration);
    if (outcome !== 'applied') {
      await job.save(withoutPersonalData('registrations', { registration })); // an applied plan was saved without it
    }
    return outcome;
  };
}
