import type { Audit, AuditEntry } from '../../src/jobs/audit.ts';

export class FakeAudit implements Audit {
  readonly entries: AuditEntry[] = [];

  async record(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
  }

  get kinds(): readonly string[] {
    return this.entries.map(({ kind }) => kind);
  }
}
