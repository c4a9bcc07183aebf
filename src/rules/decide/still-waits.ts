import type { RuleBook, RuleRef } from '../model.ts';

/**
 * Whether a rule, as it is today, asks its approvers only once the address is verified. A rule that is gone, or no longer
 * asks anybody, says nothing about whom it held before: they go on waiting.
 */
export function stillWaits(book: RuleBook, { file, rule }: Pick<RuleRef, 'file' | 'rule'>): boolean {
  const today = book.files.find((known) => known.file === file)?.rules.find(({ name }) => name === rule);
  const requests = (today?.then ?? []).flatMap((step) => (step.uses === 'request-approval' ? [step.with] : []));
  return requests.length === 0 || requests.some(({ waitFor }) => waitFor !== null);
}
