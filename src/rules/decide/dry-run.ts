import type { RuleBook } from '../model.ts';

/** The same rules, each as if its file said `dry-run: true`. */
export function asDryRun(book: RuleBook): RuleBook {
  const files = book.files.map((file) => ({ ...file, rules: file.rules.map((rule) => ({ ...rule, dryRun: true })) }));
  return { ...book, files };
}
