import { isGlob } from '../../platform/glob.ts';
import type { RuleBook } from '../model.ts';

/** The realms that the rules are for, as far as they are named one by one. */
export function realmsNamed(book: RuleBook): readonly string[] {
  return [...new Set(book.files.flatMap(({ realms }) => realms))].filter((realm) => !isGlob(realm));
}
