import type { Condition, RuleBook } from '../model.ts';

/** The request headers that rules compare, in lower case. */
export function headersNamed({ files }: Pick<RuleBook, 'files'>): readonly string[] {
  const conditions = files.flatMap(({ rules }) => rules.flatMap(({ when }) => (when === null ? [] : [when])));
  return [...new Set(conditions.flatMap(namesIn))].toSorted();
}

function namesIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'is':
      return condition.key === 'request-header' ? Object.keys(condition.operand as object) : [];
    case 'not':
      return namesIn(condition.of);
    default:
      return condition.of.flatMap(namesIn);
  }
}

/** What a registration has that is described in full: the headers that are not given are missing from its request. */
export function describedHeaders(
  book: RuleBook,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string | null>> {
  return { ...Object.fromEntries(headersNamed(book).map((name) => [name, null])), ...given };
}
