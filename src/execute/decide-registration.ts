import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Job } from '../jobs/payloads.ts';
import type { Decision, Missing, RuleBook } from '../rules/model.ts';
import { type Ask, decideAsking } from './decide-asking.ts';

export interface DecideRegistrationDeps {
  readonly rules: () => RuleBook;
  readonly counters: {
    count(key: string, registration: Registration, windowMs: number): Promise<number>;
  };
  /** Asks a system of the company. */
  readonly ask: Ask;
}

/**
 * Decides, by counts and by what systems answer. An answer is saved in the job before it counts, so that a later attempt
 * decides by the same answer.
 * @returns the job with its answers, if a system was asked: that takes a while, and the person may have changed since;
 *   the request headers that the decision hangs on, if they are not known
 */
export async function decideRegistration(
  { rules, counters, ask }: DecideRegistrationDeps,
  job: Job<'registrations'>,
  user: UserFacts,
): Promise<
  Decision | Extract<Missing, { what: 'headers' }> | { readonly kind: 'asked'; readonly job: Job<'registrations'> }
> {
  const { registration, answers } = job.data;
  let { data } = job;
  const decision = await decideAsking(
    rules(),
    { registration, user },
    {
      count: ({ key, windowMs }) => counters.count(key, registration, windowMs),
      ask: (question) => ask(question, { registration, user, cause: registration.eventId }),
      async onAnswer(answers) {
        data = { ...data, answers };
        await job.save(data);
      },
    },
    answers,
  );
  if (data !== job.data) {
    return { kind: 'asked', job: { ...job, data } };
  }
  if (decision.kind === 'missing' && decision.what !== 'headers') {
    throw new TypeError('a rule asks for the user, who is given already');
  }
  return decision;
}
