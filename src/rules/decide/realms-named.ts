import { isGlob, matchesGlob } from '../../platform/glob.ts';
import type { RuleBook } from '../model.ts';

/** The realms that the rules are for, as far as they are named one by one. */
export function realmsNamed(book: RuleBook): readonly string[] {
  return [...new Set(book.files.flatMap(({ realms }) => realms))].filter((realm) => !isGlob(realm));
}

/** Whether any rule is for that realm. */
export function concernsRealm(book: RuleBook, realm: string): boolean {
  return book.files.some(({ realms }) => realms.some((pattern) => matchesGlob(pattern, realm)));
}
