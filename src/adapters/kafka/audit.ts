import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

import {
  type Audit,
  type AuditEntry,
  type AuditRecord,
  type Happened,
  type RefusalEntry,
  stableId,
} from '../../jobs/audit.ts';
import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { AuditBacklog, AuditSpool } from '../redis/audit-spool.ts';
import { AuditPump } from './audit-pump.ts';
import { cut } from './cut-entry.ts';
import type { TopicWriter } from './topic-writer.ts';

export interface AuditDeps {
  readonly writer: Pick<TopicWriter, 'write'>;
  /** Where entries wait while Kafka takes none. */
  readonly spool: AuditSpool;
  readonly log: Logger;
  readonly now?: () => number;
}

export interface KafkaAudit extends Audit {
  /** Begins to bring what waits to Kafka. Resolves when it knows whether anything waits. */
  start(): Promise<void>;
  stop(): Promise<void>;
  backlog(): Promise<AuditBacklog>;
}

/** No text of an entry is longer than this: a rule's name and a user agent are as long as somebody likes. */
const longestText = 2_000;

/**
 * The audit as a topic, key = user id so that one person's entries stay in order, and as one log line per entry.
 *
 * While Kafka takes no entries, they wait in Redis. From the first that waits, all others wait behind it, so that they
 * come to the topic in their order, and no worker waits for Kafka.
 */
export function createAudit({ writer, spool, log, now = Date.now }: AuditDeps): KafkaAudit {
  const pump = new AuditPump({ writer, spool, log });

  async function write(record: AuditRecord): Promise<void> {
    const json = noted(record, log);
    if (!pump.behind) {
      try {
        return await writer.write({ key: record.userId, value: json });
      } catch (error) {
        if (!isServiceError(error, 'KAFKA_UNAVAILABLE')) {
          throw error;
        }
      }
    }
    await pump.putOff(json);
  }

  return {
    record: (entry: AuditEntry) => write(recordOf(entry, now())),

    async recordOnce(entry, { name, at }) {
      const id = stableId(name);
      if (!(await spool.noted(id))) {
        await write({ id, at: new Date(at).toISOString(), ...entry });
        await spool.note(id);
      }
    },

    async keptForGood({ eventId }) {
      if (!(await pump.isKept(eventId))) {
        throw new ServiceError('AUDIT_UNAVAILABLE', 'Kafka does not have all audit entries of this registration yet', {
          eventId,
        });
      }
    },

    start: () => pump.start(),
    stop: () => pump.stop(),
    backlog: () => spool.backlog(),
  };
}

/** For a command: Kafka has its entry, or the command fails and changes nothing. */
export function createStrictAudit({ writer, log }: Pick<AuditDeps, 'writer' | 'log'>): Pick<Audit, 'record'> {
  return {
    async record(entry) {
      const record = recordOf(entry, Date.now());
      await writer.write({ key: record.userId, value: noted(record, log) });
    },
  };
}

/**
 * For what the door refused. It has no user, and so no key. It never waits in Redis: strangers can cause refusals without
 * end, and what waits there keeps others waiting.
 */
export function createRefusalAudit({ writer, log }: Pick<AuditDeps, 'writer' | 'log'>) {
  return async (entry: RefusalEntry, { name, at }: Happened): Promise<void> => {
    const record = { id: stableId(name), at: new Date(at).toISOString(), ...entry };
    await writer.write({ key: null, value: noted(record, log) });
  };
}

function recordOf(entry: AuditEntry, now: number): AuditRecord {
  return { id: randomUUID(), at: new Date(now).toISOString(), ...entry };
}

/** The log has each entry as well. @returns the entry as the topic is to have it */
function noted(record: Pick<AuditRecord, 'id' | 'at'> & (AuditEntry | RefusalEntry), log: Logger): string {
  const fitting = cut(record, longestText);
  log.info(fitting, 'audit');
  return JSON.stringify(fitting);
}
