import type { UserFacts } from '../ingest/user.ts';
import type { Registration } from '../ingest/registration.ts';
import { newAccountMs } from '../ingest/registration-age.ts';

/**
 * Whether an event may lead to effects at all. Anyone who can write to the events topic could name any user in a forged
 * registration. So an account that was not created together with its event is left alone.
 * @returns why the event is refused, or `null`.
 */
export function refuse(
  registration: Registration,
  user: Pick<UserFacts, 'createdAt'>,
  now: number,
  maxAgeMs: number,
): string | null {
  if (now - registration.time > maxAgeMs) {
    return 'the event is older than EVENT_MAX_AGE_HOURS allows';
  }
  if (Math.abs(user.createdAt - registration.time) > newAccountMs) {
    return 'the account was not created by this registration';
  }
  return null;
}

/**
 * Whether a registration is dated in the future. If the account is from then too, our idea of Keycloak's time is wrong:
 * only Keycloak dates accounts. The registration then waits until the clocks agree.
 */
export function isAhead({ time }: Pick<Registration, 'time'>, now: number): boolean {
  return time > now + newAccountMs;
}

/**
 * Whether somebody registered before the service was set up in that realm. The service leaves such people alone. It does
 * meet them: a new consumer group reads a topic from its beginning, and an event store remembers weeks.
 */
export function isBeforeSetUp({ time }: Pick<Registration, 'time'>, setUpAt: number): boolean {
  return time < setUpAt;
}

/** Whether somebody registered in the last minutes. */
export function isNew({ time }: Pick<Registration, 'time'>, now: number): boolean {
  return now - time < newAccountMs;
}
