import { type Audit, type AuditEntry, type Happened, stableId } from '../../src/jobs/audit.ts';
import { ServiceError } from '../../src/platform/errors.ts';

/**
 * An audit in memory. `state` says how Kafka is: `away` lets entries wait, `full` takes none any more. As nobody can use an
 * entry that does not say what happened to whom, it takes none.
 */
export class FakeAudit implements Audit {
  readonly entries: AuditEntry[] = [];
  readonly #once = new Set<string>();
  state: 'kept' | 'away' | 'full' = 'kept';

  async record(entry: AuditEntry): Promise<void> {
    if (this.state === 'full') {
      throw new ServiceError('AUDIT_UNAVAILABLE', 'too many entries wait');
    }
    const { kind, realm, clientId, userId, eventId } = entry;
    if (![kind, realm, clientId, userId, eventId].every((field) => typeof field === 'string')) {
      throw new TypeError(`the audit takes no entry that does not say about whom it is: ${JSON.stringify(entry)}`);
    }
    this.entries.push(entry);
  }

  async recordOnce(entry: AuditEntry, { name }: Happened): Promise<void> {
    if (!this.#once.has(stableId(name))) {
      await this.record(entry);
      this.#once.add(stableId(name));
    }
  }

  async keptForGood(): Promise<void> {
    if (this.state !== 'kept') {
      throw new ServiceError('AUDIT_UNAVAILABLE', 'entries wait');
    }
  }

  get kinds(): readonly string[] {
    return this.entries.map(({ kind }) => kind);
  }
}
