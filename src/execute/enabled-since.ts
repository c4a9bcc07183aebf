import type { AdminEvents } from '../approvals/stays-disabled.ts';
import type { Registration } from '../ingest/registration.ts';
import type { Mark } from '../jobs/payloads.ts';
import { isServiceError } from '../platform/errors.ts';
import { isNew } from './age-guard.ts';

export interface EnabledSinceDeps {
  readonly adminEvents: AdminEvents;
  readonly now: () => number;
}

/**
 * A registration whose rule locks out may come again: Redis was lost before the registration was finished, or nothing is
 * remembered of it. If its account works, an administrator may have let the person in. Keycloak's admin events say so.
 * Where they do not, an account that this service had disabled was enabled by somebody, and stays as it is. Only the
 * account of a registration that is new is disabled again: within minutes, Keycloak's own race is the likelier cause.
 * @param mark what was known before this attempt
 * @returns why the person is left alone, or `null`
 */
export async function enabledSince(
  { adminEvents, now }: EnabledSinceDeps,
  registration: Registration,
  mark: Mark,
): Promise<string | null> {
  const fresh = isNew(registration, now());
  if (fresh && mark.disabled !== 'done' && mark.unsure !== true) {
    return null; // the usual way: nobody knew the account before
  }
  const other = await orUnseen(adminEvents.enabledByOther(registration, registration.time), null);
  if (other !== null) {
    return `${other.by} enabled the account at ${new Date(other.at).toISOString()}`;
  }
  return mark.disabled === 'done' && !fresh
    ? 'this service had disabled the account, and somebody enabled it since; who, Keycloak does not show'
    : null;
}

/** A service account that may not read the admin events sees nothing in them. That must not leave a door open. */
export async function orUnseen<T>(look: Promise<T>, unseen: T): Promise<T> {
  return look.catch((error: unknown) => {
    if (isServiceError(error, 'KEYCLOAK_FORBIDDEN')) {
      return unseen;
    }
    throw error;
  });
}
