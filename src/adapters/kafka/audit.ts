import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

import type { Audit, AuditRecord } from '../../jobs/audit.ts';
import type { TopicWriter } from './topic-writer.ts';

/** The audit as a topic, key = user id so that one person's entries stay in order, and as one log line per entry. */
export function createAudit(writer: Pick<TopicWriter, 'write'>, log: Logger, now: () => number = Date.now): Audit {
  return {
    async record(entry) {
      const record: AuditRecord = { id: randomUUID(), at: new Date(now()).toISOString(), ...entry };
      log.info(record, 'audit');
      await writer.write({ key: record.userId, value: JSON.stringify(record) });
    },
  };
}
