import { isServiceError } from '../platform/errors.ts';
import type { Registration } from '../ingest/registration.ts';
import { registrationIn } from '../ingest/stored.ts';
import type { Job } from '../jobs/payloads.ts';
import type { UsersSoFar } from './early-disable.ts';
import { recipientOf } from './plan.ts';

export interface RegistrationEvents {
  registrations(
    realm: string,
    query: { readonly from: number; readonly userId: string; readonly max: number },
  ): Promise<readonly { readonly id: string }[]>;
}

/** Fills in what a registration lost when its job was given up. */
export type Recall = (bare: Registration) => Promise<Registration>;

/**
 * Reads the registration again from Keycloak's event store. If the store does not have it any more, the registration
 * stays bare. Conditions then see the user's name and address of today, and no IP address.
 */
export function createRecall(events: RegistrationEvents): Recall {
  return async (bare) => {
    const { realm, userId, eventId, time } = bare;
    const stored = await events.registrations(realm, { from: time, userId, max: 10 });
    const event = stored.find(({ id }) => id === eventId);
    const found = event === undefined ? null : read(event, realm);
    // The store has what Keycloak reports, and not what our listener adds.
    if (found === null) {
      return bare;
    }
    const headers = { ...found.headers, ...bare.headers };
    const known = (found.headers ?? bare.headers) === undefined ? {} : { headers };
    return { ...found, locale: bare.locale ?? found.locale, ...known };
  };
}

/** A job that was given up no longer has what the person typed. It is read again before the job is tried again. */
export async function recalled(
  job: Job<'registrations'>,
  recall: Recall,
  users: UsersSoFar,
): Promise<Job<'registrations'>> {
  const { bare, registration: known, progress, ...rest } = job.data;
  if (bare === undefined) {
    return job;
  }
  const registration = await recall(known);
  const user = progress === undefined ? null : await users.read(registration);
  const resumed = progress && { progress: { ...progress, person: recipientOf(registration, user) } };
  return { ...job, data: { ...rest, registration, ...resumed } };
}

function read(event: object, realm: string): Registration | null {
  try {
    return registrationIn(event, realm);
  } catch (error) {
    if (isServiceError(error, 'EVENT_UNREADABLE')) {
      return null;
    }
    throw error;
  }
}
