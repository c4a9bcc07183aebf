import type { Registration } from '../ingest/registration.ts';
import { visibleWithinMs } from '../ingest/registration-age.ts';
import type { Audit } from '../jobs/audit.ts';
import type { ConfirmationJob } from '../jobs/payloads.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import { concernsRealm } from '../rules/decide/realms-named.ts';
import type { RuleBook } from '../rules/model.ts';
import { isBeforeSetUp } from './age-guard.ts';
import type { Refusal, ReportRefusal } from './protected-users.ts';

export interface ConfirmDeps {
  readonly rules: () => RuleBook;
  readonly store: {
    registration(wanted: ConfirmationJob): Promise<Registration | null>;
    kept(realm: string): Promise<{ readonly registrations: boolean }>;
  };
  /** Takes on a registration that is proven now. */
  readonly onConfirmed: (registration: Registration) => Promise<void>;
  readonly report: ReportRefusal;
  readonly audit: Audit;
  /** When the realm was set up, ms since 1970. */
  readonly setUpAt: (realm: string) => Promise<number>;
  readonly now: () => number;
}

/**
 * Asks Keycloak's event store for a registration that nothing proves. If the store has it, the event of the store goes
 * on, and nothing of the record: anyone who can write to the topic could have chosen its client, its source or its
 * time.
 * @throws ServiceError EVENT_UNCONFIRMED while the store may not show it yet
 */
export async function confirmRegistration(deps: ConfirmDeps, wanted: ConfirmationJob): Promise<string> {
  const { rules, store, onConfirmed, setUpAt, now } = deps;
  const { realm, userId, eventId, time } = wanted;
  if (!concernsRealm(rules(), realm)) {
    return 'no-rule'; // anyone who can write to the topic can name realms that do not exist
  }
  const found = await lookFor(deps, wanted);
  if (found === 'no-realm') {
    return found;
  }
  if (found !== null) {
    await onConfirmed(found);
    return 'confirmed';
  }
  if (isBeforeSetUp(wanted, await setUpAt(realm))) {
    // The set-up may have turned the event store on: that it lacks the registration says nothing.
    return endBeforeSetUp(deps, wanted);
  }
  if (!(await store.kept(realm)).registrations) {
    return refuse(deps, wanted, {
      guard: 'unconfirmable',
      because: 'the record is not signed, and the realm keeps no registrations in its event store to confirm it with',
      remedy: `run "vestibule setup --realm ${realm}", which turns the event store on, and set EVENT_SIGNING_KEY`,
    });
  }
  // Also the future ends: a forged record could name any time.
  if (Math.abs(now() - time) < visibleWithinMs) {
    throw new ServiceError('EVENT_UNCONFIRMED', 'the event store does not show the registration yet', {
      realm,
      userId,
      eventId,
    });
  }
  return refuse(deps, wanted, {
    guard: 'unconfirmed',
    because: 'the record is not signed, and the event store of the realm does not know this registration',
    remedy: 'see who can write to the events topic; a genuine one was rolled back, or the store has let it go',
  });
}

async function endBeforeSetUp({ audit }: ConfirmDeps, wanted: ConfirmationJob): Promise<string> {
  const { realm, clientId, userId, eventId } = wanted;
  const because = 'the record is not signed, and says that the person registered before the realm was set up';
  await audit.record({ kind: 'skipped', realm, clientId, userId, eventId, because });
  return 'before-set-up';
}

/** A pattern of the rules also fits realms that somebody made up: that is an outcome, and no failed job to keep. */
async function lookFor({ store }: ConfirmDeps, wanted: ConfirmationJob): Promise<Registration | null | 'no-realm'> {
  try {
    return await store.registration(wanted);
  } catch (error) {
    if (isServiceError(error, 'REALM_UNKNOWN')) {
      return 'no-realm';
    }
    throw error;
  }
}

async function refuse(
  { audit, report }: ConfirmDeps,
  { realm, clientId, userId, eventId }: ConfirmationJob,
  refusal: Refusal,
): Promise<string> {
  report({ realm, userId }, refusal);
  await audit.record({ kind: 'skipped', realm, clientId, userId, eventId, because: refusal.because });
  return refusal.guard;
}
