import type { Audit } from '../src/jobs/audit.ts';
import type { Refusal, ReportRefusal } from '../src/execute/protected-users.ts';
import { ServiceError } from '../src/platform/errors.ts';
import type { ConfirmationJob, Handler } from '../src/jobs/payloads.ts';
import type { Registration } from '../src/ingest/registration.ts';
import { matchesGlob } from '../src/platform/glob.ts';
import type { RuleBook } from '../src/rules/model.ts';

export interface ConfirmationsDeps {
  readonly rules: () => RuleBook;
  readonly store: {
    registration(wanted: ConfirmationJob): Promise<Registration | null>;
    kept(realm: string): Promise<{ readonly registrations: boolean }>;
  };
  /** Takes on a registration that is proven now. */
  readonly onConfirmed: (registration: Registration) => Promise<void>;
  readonly report: ReportRefusal;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * How long Keycloak may take to show an event that was announced: a listener that announces before the commit is ahead by
 * up to a second (measured), another node of a cluster may be slower.
 */
const youngMs = 60_000;

/**
 * Looks whether Keycloak knows a registration that nothing proves. If it does, the event as Keycloak has it goes on, and
 * nothing of the record: whoever can write to the topic could have chosen its client, its source or its time.
 */
export function createConfirmations(deps: ConfirmationsDeps): Handler<'confirmations'> {
  const { rules, store, onConfirmed, report, audit, now } = deps;

  async function refuse(wanted: ConfirmationJob, refusal: Refusal): Promise<string> {
    const { realm, clientId, userId, eventId } = wanted;
    report(wanted, refusal);
    await audit.record({ kind: 'skipped', realm, clientId, userId, eventId, because: refusal.because });
    return refusal.guard;
  }

  return async ({ data: wanted }) => {
    const { realm, userId, eventId, time } = wanted;
    if (!rules().files.some(({ realms }) => realms.some((pattern) => matchesGlob(pattern, realm)))) {
      return 'no-rule'; // whoever can write to the topic can name realms that are not there
    }
    const found = await store.registration(wanted);
    if (found !== null) {
      await onConfirmed(found);
      return 'confirmed';
    }
    if (!(await store.kept(realm)).registrations) {
      return refuse(wanted, {
        guard: 'unconfirmable',
        because: 'the record is not signed, and the realm keeps no registrations in its event store to confirm it with',
        remedy: `run "vestibule setup --realm ${realm}", which turns the event store on, and set EVENT_SIGNING_KEY`,
      });
    }
    if (Math.abs(now() - time) < youngMs) {
      throw new ServiceError('EVENT_UNCONFIRMED', 'the event store does not show the registration yet', {
        realm,
        userId,
        eventId,
      });
    }
    return refuse(wanted, {
      guard: 'unconfirmed',
      because: 'the record is not signed, and the event store of the realm does not know this registration',
      remedy: 'see who can write to the events topic; a genuine one was rolled back, or the store has let it go',
    });
  };
}
