import type { RuleBook, RuleRef } from '../model.ts';

/**
 * Whether a rule, as it is today, asks its approvers only once the address is verified. If the rule is gone, or no
 * longer asks anybody, then the people it held before go on waiting.
 */
export function stillWaits(book: RuleBook, { file, rule }: Pick<RuleRef, 'file' | 'rule'>): boolean {
  const today = book.files.find((known) => known.file === file)?.rules.find(({ name }) => name === rule);
  const requests = (today?.then ?? []).flatMap((step) => (step.uses === 'request-approval' ? [step.with] : []));
  return requests.length === 0 || requests.some(({ waitFor }) => waitFor !== null);
}
