import type { Registration } from '../ingest/registration.ts';

/** What plans report to operators. */
export interface LockoutMetrics {
  /** @param ms from the registration to the moment when the person is locked out */
  lockedOut(registration: Pick<Registration, 'realm' | 'clientId'>, ms: number): void;
}
