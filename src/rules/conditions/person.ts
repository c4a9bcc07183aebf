import { oneLine } from '../../platform/safe-text.ts';
import type { Facts } from '../model.ts';

/** Keycloak cuts what it writes into an event at this length. */
const cutAt = 255;

/** `null`: the person has none. `undefined`: the event does not say, so the user must be read. */
export function emailOf({ registration, user }: Facts): string | null | undefined {
  return user === undefined ? fromEvent(registration.email) : user.email;
}

export function usernameOf({ registration, user }: Facts): string | undefined {
  return user === undefined ? fromEvent(registration.username) : user.username;
}

/** What the person typed. `undefined`: it is not there, or not there as a whole. */
export function fromEvent(value: string | null): string | undefined {
  return value === null || value.length >= cutAt ? undefined : value;
}

/** What the person typed, for a reason: quoted, on one line, and short. */
export function quoted(value: string | null | undefined): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  // Most values are plain. Cleaning takes longer than the rest of a condition, so plain values skip it.
  return `"${/^[!-~]{1,60}$/.test(value) ? value : oneLine(value, 60)}"`;
}

/** Patterns of a rule, for a reason: the first few. */
export function some(patterns: readonly string[]): string {
  const shown = patterns.slice(0, 5).join(', ');
  return patterns.length > 5 ? `${shown} and ${patterns.length - 5} more` : shown;
}
