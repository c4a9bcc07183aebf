import type { AuditRecord } from '../../jobs/audit.ts';

/** An audit entry of which no text is longer than that. Ids and times are shorter than any limit that is asked for. */
export function cut(record: AuditRecord, longest: number): AuditRecord {
  const { rule, ...texts } = record;
  const short = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, shortened(text, longest)]));
  return {
    ...(short as Omit<AuditRecord, 'rule'>),
    ...(rule === undefined
      ? {}
      : { rule: { ...rule, file: shortened(rule.file, longest), rule: shortened(rule.rule, longest) } }),
  };
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
