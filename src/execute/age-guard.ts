import type { UserFacts } from '../ingest/user.ts';
import type { Registration } from '../ingest/registration.ts';

/** How far Keycloak's clock, ours, and a slow registration transaction may lie apart. */
const toleranceMs = 5 * 60_000;

/**
 * Whether an event may lead to effects at all. Whoever can write to the events topic could name any user in a forged
 * registration; an account that did not come into being with its event is left alone.
 * @returns why the event is refused, or `null`.
 */
export function refuse(
  registration: Registration,
  user: Pick<UserFacts, 'createdAt'>,
  now: number,
  maxAgeMs: number,
): string | null {
  if (registration.time > now + toleranceMs) {
    return 'the event is dated in the future';
  }
  if (now - registration.time > maxAgeMs) {
    return 'the event is older than EVENT_MAX_AGE_HOURS allows';
  }
  if (Math.abs(user.createdAt - registration.time) > toleranceMs) {
    return 'the account was not created by this registration';
  }
  return null;
}

/** Whether somebody has registered in the last minutes: then nobody can have made the account anything but new. */
export function isNew({ time }: Pick<Registration, 'time'>, now: number): boolean {
  return now - time < toleranceMs;
}
