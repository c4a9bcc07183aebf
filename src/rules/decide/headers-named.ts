import { comparisonsIn } from '../comparisons.ts';
import type { RuleBook } from '../model.ts';

/** The request headers that rules compare, in lower case. */
export function headersNamed({ files }: Pick<RuleBook, 'files'>): readonly string[] {
  const comparisons = files.flatMap(({ rules }) => rules.flatMap(({ when }) => comparisonsIn(when)));
  const names = comparisons
    .filter(({ key }) => key === 'request-header')
    .map(({ operand }) => Object.keys(operand as object));
  return [...new Set(names.flat())].toSorted();
}

/** What a registration has that is described in full: the headers that are not given are missing from its request. */
export function describedHeaders(
  book: RuleBook,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string | null>> {
  return { ...Object.fromEntries(headersNamed(book).map((name) => [name, null])), ...given };
}
