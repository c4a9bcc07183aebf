import type { AuditRecord } from '../../jobs/audit.ts';

/** An audit entry of which no text is longer than that. Ids and times are shorter than any limit that is asked for. */
export function cut<Entry extends Pick<AuditRecord, 'rule'>>(record: Entry, longest: number): Entry {
  const { rule, ...texts } = record;
  const short = Object.fromEntries(
    Object.entries(texts as Readonly<Record<string, string>>).map(([name, text]) => [name, shortened(text, longest)]),
  );
  return {
    ...short,
    ...(rule === undefined
      ? {}
      : { rule: { ...rule, file: shortened(rule.file, longest), rule: shortened(rule.rule, longest) } }),
  } as Entry;
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
