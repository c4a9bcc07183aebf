import { createHash } from 'node:crypto';

import type { RuleRef } from '../rules/model.ts';

/**
 * What happened. `stopped`: a registration waits, because its rule is stopped. `waits`: a
 * registration waits for what nobody knows. `failed`: a job was given up. `asked` to `settled` are the life of an
 * approval: `escalated` when more people are asked, `handed-over` by one approver to another, `retired` when one who
 * left is not asked any more; a `step` is one effect in Keycloak, mail or webhook. `retried` to `replayed` are what an operator did by a
 * command. `refused-at-door`: Keycloak's door refused a registration, so there is no account.
 */
export type AuditKind =
  | 'decided'
  | 'step'
  | 'skipped'
  | 'stopped'
  | 'waits'
  | 'failed'
  | 'asked'
  | 'reminded'
  | 'voted'
  | 'escalated'
  | 'handed-over'
  | 'retired'
  | 'expired'
  | 'withdrawn'
  | 'obsolete'
  | 'reopened'
  | 'settled'
  | 'retried'
  | 'dropped'
  | 'replayed'
  | 'refused-at-door';

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
  /** Which systems of the company were asked, and whether they answered what a rule wants. */
  readonly asked?: readonly string[];
  /** Who caused it where that is a person: an approver's mail address, or an operator's name. */
  readonly by?: string;
  /** The recipient: an approver's mail address. */
  readonly to?: string;
}

/** What the door of Keycloak refused. There is no account, and so no user. */
export type RefusalEntry = Omit<AuditEntry, 'kind' | 'userId'> & { readonly kind: 'refused-at-door' };

/** An entry as it is written, never changed afterwards. */
export interface AuditRecord extends AuditEntry {
  /** A UUID. A repeat after an unclear failure writes the same entry, with the same id, twice. */
  readonly id: string;
  /** When it happened, ISO 8601, by this service's clock. After an outage of Kafka, entries of two instances may mix. */
  readonly at: string;
}

/** What happened once, however often it is recorded. */
export interface Happened {
  /** Names it: the same thing has the same name in every process. */
  readonly name: string;
  /** ms since 1970. */
  readonly at: number;
}

export interface Audit {
  /**
   * Records one entry. Resolves when it is durable: Kafka has it, or it waits in Redis while Kafka takes none. What keeps
   * a person out need not wait for it.
   * @throws ServiceError AUDIT_UNAVAILABLE when neither takes it
   */
  record(entry: AuditEntry): Promise<void>;
  /** Records what may have been recorded by a process that died since. */
  recordOnce(entry: AuditEntry, happened: Happened): Promise<void>;
  /**
   * Resolves if Kafka has all that was recorded about a registration. It comes before what only an audited decision may
   * lead to: a deletion, and what an approval grants.
   * @throws ServiceError AUDIT_UNAVAILABLE if an entry still waits
   */
  keptForGood(about: Pick<AuditEntry, 'eventId'>): Promise<void>;
}

/** A UUID that is the same for the same name. */
export function stableId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(18, 20)];
  return [...groups, hex.slice(20, 32)].join('-');
}

/** Which registration an audit entry is about. */
export function idsOf({ realm, clientId, userId, eventId }: Ids): Ids {
  return { realm, clientId, userId, eventId };
}

type Ids = Pick<AuditEntry, 'realm' | 'clientId' | 'userId' | 'eventId'>;
