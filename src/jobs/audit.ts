import type { RuleRef } from '../rules/model.ts';

/**
 * What happened. `stopped`: a registration waits, because its rule is stopped. `failed`: a job was given up. `asked` to
 * `settled` are the life of an approval; a `step` is one effect in Keycloak, mail or webhook. `retried` to `replayed` are
 * what an operator did by a command.
 */
export type AuditKind =
  | 'decided'
  | 'step'
  | 'skipped'
  | 'stopped'
  | 'failed'
  | 'asked'
  | 'reminded'
  | 'voted'
  | 'expired'
  | 'obsolete'
  | 'reopened'
  | 'settled'
  | 'retried'
  | 'dropped'
  | 'replayed';

/**
 * Who, when, what, why. It names the person by ids only. So a reader of the audit needs no right to read personal data,
 * and a person is forgotten by a deletion in Keycloak alone.
 */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly realm: string;
  readonly clientId: string;
  readonly userId: string;
  readonly eventId: string;
  readonly approval?: string;
  readonly rule?: RuleRef;
  /** Version of the rule book that decided. */
  readonly version?: string;
  readonly step?: string;
  readonly outcome?: string;
  /** When a delayed step is due, ISO 8601. */
  readonly dueAt?: string;
  readonly because?: string;
  /** Who caused it where that is a person: an approver's mail address, or an operator's name. */
  readonly by?: string;
  /** The recipient: an approver's mail address. */
  readonly to?: string;
}

/** An entry as it is written, never changed afterwards. */
export interface AuditRecord extends AuditEntry {
  /** A UUID. A repeat after an unclear failure writes the same entry, with the same id, twice. */
  readonly id: string;
  /** ISO 8601, by this service's clock. */
  readonly at: string;
}

export interface Audit {
  /**
   * Writes one entry. Resolves when Kafka has it; need not be awaited at once.
   * @throws ServiceError KAFKA_UNAVAILABLE
   */
  record(entry: AuditEntry): Promise<void>;
}

/** Which registration an audit entry is about. */
export function idsOf({ realm, clientId, userId, eventId }: Ids): Ids {
  return { realm, clientId, userId, eventId };
}

type Ids = Pick<AuditEntry, 'realm' | 'clientId' | 'userId' | 'eventId'>;
