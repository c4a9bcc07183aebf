import { defanged, mixedScripts, oneLine } from './safe-text.ts';

/** Names as a person typed them. */
export interface Named {
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** The most characters of a name that a heading or a greeting has. */
const longest = 60;

/** First and last name; empty where there is neither. */
export function fullName({ firstName, lastName }: Named): string {
  return [firstName, lastName].filter(Boolean).join(' ');
}

/** Letters of any alphabet, and what stands between them in names. */
const nothingButName = /^\p{L}[\p{L}\p{M} .'’-]*$/u;

/**
 * The name with which a mail greets the person, whose address need not be theirs. So this is only what is plainly a
 * name: no figures, no punctuation of sentences, nothing that a mail program could make a link of, one alphabet a word.
 */
export function greetingName(named: Named): string | null {
  const name = oneLine(fullName(named), longest);
  const plain = nothingButName.test(name) && !/\.\S/u.test(name) && defanged(name) === name;
  return plain && [...name].length <= longest && mixedScripts(name).length === 0 ? isolated(name) : null;
}

/**
 * A person as a heading names them: one short line, without punctuation that could end our sentence and begin another,
 * and nothing that a mail program could make a link of. The user name where there is no name. `null`: neither is left.
 */
export function headingName(user: Named & { readonly username: string }): string | null {
  for (const text of [fullName(user), user.username]) {
    const words = oneLine(oneLine(text, longest).replaceAll(/[^\p{L}\p{M}\p{N}'’.@_+ -]+/gu, ' ')).replaceAll(
      / +/gu,
      ' ',
    );
    if (/[\p{L}\p{N}]/u.test(words)) {
      return isolated(defanged(words));
    }
  }
  return null;
}

/** Keeps letters that are written from right to left from turning the words around them. */
function isolated(text: string): string {
  return /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u.test(text)
    ? `\u2068${text}\u2069`
    : text;
}
