import { z } from 'zod';

import type { Approval } from '../../approvals/approval.ts';
import type { AuditRecord } from '../../jobs/audit.ts';
import { masked } from '../../platform/masked.ts';
import { oneLine } from '../../platform/safe-text.ts';

const text = z.string().optional();
const audited = z.looseObject({
  id: z.string(),
  at: z.string(),
  kind: z.string(),
  realm: z.string(),
  userId: z.string(),
  eventId: z.string(),
  clientId: z.string(),
  outcome: text,
  step: text,
  version: text,
  because: text,
  dueAt: text,
  by: text,
  to: text,
  approval: text,
  rule: z.looseObject({ file: z.string(), line: z.number(), rule: z.string() }).optional(),
});

/** Collects one person's entries of the audit topic. */
export class PersonHistory {
  readonly #of: { readonly realm: string; readonly userId: string };
  readonly #entries = new Map<string, AuditRecord>();
  /** Records of the topic that are no audit entries. */
  unreadable = 0;

  constructor(of: { readonly realm: string; readonly userId: string }) {
    this.#of = of;
  }

  add(key: string, value: Buffer): void {
    if (key !== this.#of.userId) {
      return;
    }
    const read = audited.safeParse(jsonOf(value));
    if (!read.success) {
      this.unreadable += 1;
    } else if (read.data.realm === this.#of.realm && read.data.userId === this.#of.userId) {
      this.#entries.set(read.data.id, read.data as unknown as AuditRecord); // a repeat has the same id
    }
  }

  /** In the order of their times. */
  entries(): AuditRecord[] {
    return [...this.#entries.values()].toSorted((one, two) => one.at.localeCompare(two.at));
  }
}

export function withoutAddresses(entry: AuditRecord): AuditRecord {
  const { by, to } = entry;
  return {
    ...entry,
    ...(by === undefined ? {} : { by: masked(by) }),
    ...(to === undefined ? {} : { to: masked(to) }),
  };
}

/** An attempt that is tried again decides the same again: told once, with the number of times. */
export function entriesAsText(entries: readonly AuditRecord[]): string {
  const told: { first: AuditRecord; last: AuditRecord; times: number }[] = [];
  for (const entry of entries) {
    const before = told.at(-1);
    if (before !== undefined && withoutTime(before.first) === withoutTime(entry)) {
      told[told.length - 1] = { ...before, last: entry, times: before.times + 1 };
    } else {
      told.push({ first: entry, last: entry, times: 1 });
    }
  }
  return told
    .map(({ first, last, times }) => {
      const again = times === 1 ? '' : `${' '.repeat(26)}the same ${times} times, the last at ${last.at}\n`;
      return `${entryAsText(first)}${again}`;
    })
    .join('');
}

function withoutTime(entry: AuditRecord): string {
  return entryAsText({ ...entry, at: '' });
}

/** One line, or two where there is a reason. */
export function entryAsText({ at, kind, clientId, rule, version, step, outcome, ...entry }: AuditRecord): string {
  const { because, by, to, dueAt, approval } = entry;
  const parts = [
    step,
    outcome,
    dueAt === undefined ? undefined : `due ${dueAt}`,
    by === undefined ? undefined : `by ${by}`,
    to === undefined ? undefined : `to ${to}`,
    rule === undefined ? undefined : `rule ${rule.file}:${rule.line} "${rule.rule}"`,
    version === undefined || kind !== 'decided' ? undefined : `rules ${version}`,
    approval === undefined ? undefined : `approval ${approval.slice(0, 8)}`,
    kind === 'decided' ? `client ${clientId}` : undefined,
  ];
  const line = parts.flatMap((part) => (part === undefined ? [] : [oneLine(part)])).join(', ');
  const reason = because === undefined ? '' : `\n${' '.repeat(26)}because: ${oneLine(because)}`;
  return `${oneLine(at)}  ${oneLine(kind).padEnd(9)} ${line}${reason}\n`;
}

export function approvalAsText(approval: Approval): string {
  const { id, state, settled, votes, need, askedAt, expiresAt, approvers, waitFor } = approval;
  const yes = votes.filter(({ verdict }) => verdict === 'approve').length;
  const open = waitFor === null ? '' : ', not asked yet: the address is not verified';
  const end = state === 'waiting' ? `expires ${time(expiresAt)}` : settled ? 'settled' : 'its steps are not done yet';
  return `approval ${id}: ${state}, ${yes} of ${need} needed votes of ${approvers.length} approvers, asked ${time(askedAt)}, ${end}${open}\n`;
}

export function approvalAsJson(approval: Approval, names: boolean): object {
  const { id, state, settled, need, hold, waitFor, askedAt, expiresAt, remindAt, decidedAt, rule, version } = approval;
  const call = names ? (address: string) => address : masked;
  return {
    id,
    state,
    settled,
    need,
    hold,
    waitFor,
    askedAt: time(askedAt),
    expiresAt: time(expiresAt),
    remindAt: remindAt === null ? null : time(remindAt),
    decidedAt: decidedAt === null ? null : time(decidedAt),
    rule,
    version,
    approvers: approval.approvers.map(call),
    votes: approval.votes.map(({ approver, verdict, at }) => ({ approver: call(approver), verdict, at: time(at) })),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function jsonOf(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    return null;
  }
}
