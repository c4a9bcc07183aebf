import type { Registration } from '../ingest/registration.ts';
import type { StepContext } from '../rules/steps/effects.ts';

/** A registration in ids: neither what the person typed nor where they came from. */
export function bareRegistration(registration: Registration): Registration {
  return { ...registration, username: null, email: null, firstName: null, lastName: null, ip: null };
}

export function bareContext({ rejectedBecause: _reason, ...context }: StepContext): StepContext {
  return { ...context, registration: bareRegistration(context.registration), person: null };
}
