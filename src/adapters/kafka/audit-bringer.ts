import type { Logger } from 'pino';

import type { AuditRecord } from '../../jobs/audit.ts';
import { type AuditSpool, auditSpoolLimits, type SpooledEntry } from '../redis/audit-spool.ts';
import { cut } from './cut-entry.ts';
import { isRefusedRecord, type TopicWriter } from './topic-writer.ts';

export interface BringerDeps {
  readonly writer: Pick<TopicWriter, 'write'>;
  readonly spool: AuditSpool;
  readonly log: Logger;
}

const atOnce = 500;
/** Longer than the ids in an entry, which stay whole. */
const shortText = 300;
/** Somebody may have raised the topic's limit. */
const refusedAgainMs = 60_000;

/** Writes the entries of the spool to the topic. An entry that Kafka finds too large is cut, or else set aside. */
export function createBringer({ writer, spool, log }: BringerDeps) {
  let refusedTriedAt = Date.now();

  async function bring(entries: readonly SpooledEntry[]): Promise<'all' | 'stuck'> {
    const results = await Promise.allSettled(entries.map(({ json }) => writer.write(messageOf(json))));
    const brought = entries.filter((_, index) => results[index]?.status === 'fulfilled');
    await spool.done(brought);
    for (const [index, result] of results.entries()) {
      const entry = entries[index];
      if (entry === undefined || result.status === 'fulfilled') {
        continue;
      }
      if (!isRefusedRecord(result.reason) || !(await bringShort(entry))) {
        return 'stuck';
      }
    }
    return 'all';
  }

  /** Kafka takes no record of that size. @returns `false` when nothing can be done with it now */
  async function bringShort(entry: SpooledEntry): Promise<boolean> {
    const record = JSON.parse(entry.json) as AuditRecord;
    try {
      await writer.write(messageOf(JSON.stringify(cut(record, shortText))));
      await spool.done([entry]);
      return true;
    } catch (error) {
      if (!isRefusedRecord(error)) {
        return false;
      }
      log.error({ id: record.id, eventId: record.eventId }, 'Kafka refuses an audit entry; it is kept in Redis');
      return spool.setAside(entry);
    }
  }

  async function bringWaiting(): Promise<void> {
    for (let entries = await spool.first(atOnce); entries.length > 0; entries = await spool.first(atOnce)) {
      if ((await bring(entries)) === 'stuck') {
        return;
      }
    }
  }

  async function bringRefused(): Promise<void> {
    if (Date.now() - refusedTriedAt < refusedAgainMs) {
      return;
    }
    refusedTriedAt = Date.now();
    for (const entry of await spool.refused(auditSpoolLimits.refused)) {
      const brought = await writer.write(messageOf(entry.json)).then(
        () => true,
        () => false,
      );
      await spool.done(brought ? [entry] : []);
    }
  }

  return { bringWaiting, bringRefused };
}

function messageOf(json: string) {
  return { key: (JSON.parse(json) as AuditRecord).userId, value: json };
}
