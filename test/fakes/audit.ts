import { type Audit, type AuditEntry, type Happened, stableId } from '../../src/jobs/audit.ts';
import { ServiceError } from '../../src/platform/errors.ts';

/** An audit in memory. `state` says how Kafka is: `away` lets entries wait, `full` takes none any more. */
export class FakeAudit implements Audit {
  readonly entries: AuditEntry[] = [];
  readonly #once = new Set<string>();
  state: 'kept' | 'away' | 'full' = 'kept';

  async record(entry: AuditEntry): Promise<void> {
    if (this.state === 'full') {
      throw new ServiceError('AUDIT_UNAVAILABLE', 'too many entries wait');
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
