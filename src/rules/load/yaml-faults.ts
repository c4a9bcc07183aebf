import type { Document, YAMLError } from 'yaml';

export interface YamlFault {
  readonly offset: number;
  readonly message: string;
  readonly remedy: string;
}

const colon = 'quote text that holds ": ", and let the keys of one map start in the same column';

/** What the parser found, in words for people who write rule files. */
const words: Partial<Record<YAMLError['code'], readonly [message: string, remedy: string]>> = {
  ALIAS_PROPS: ['aliases such as *name are not allowed', 'write the value out'],
  BAD_ALIAS: ['"*" starts an alias, which rule files do not have', 'quote text that starts with "*"'],
  BAD_DIRECTIVE: ['a line that starts with "%" is no part of a rule file', 'take it out'],
  BAD_DQ_ESCAPE: ['a backslash in double quotes means something else', 'use single quotes'],
  BAD_INDENT: ['the indentation does not fit the lines before', 'close every bracket, and align the keys of one map'],
  BAD_PROP_ORDER: ['anchors and tags such as &name and !name are not allowed', 'take them out'],
  BAD_SCALAR_START: ['text cannot start with this sign', 'put the text in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['a second ":" or "-" stands where one value belongs', colon],
  BLOCK_IN_FLOW: ['a list or map of several lines cannot stand inside brackets', 'write it without the brackets'],
  IMPOSSIBLE: ['something follows here that cannot', 'put it on a line of its own'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'shorten it'],
  MISSING_CHAR: ['something is missing here', 'close every quote and bracket, and write ":" after each key'],
  MULTILINE_IMPLICIT_KEY: ['a key without ":"', 'write ": " after each key, and "- " before each entry of a list'],
  MULTIPLE_ANCHORS: ['anchors such as &name are not allowed', 'write the value out'],
  MULTIPLE_DOCS: ['a second document starts here', 'put it into a file of its own'],
  MULTIPLE_TAGS: ['tags such as !name are not allowed', 'take them out'],
  TAG_RESOLVE_FAILED: ['tags such as !name are not allowed', 'take it out, or quote text that starts with "!"'],
  UNEXPECTED_TOKEN: ['this does not belong here', 'start each entry of a list with "- " on a line of its own'],
};

/**
 * The first fault of a text that is not YAML. The parser also reports what follows from it, which only hides the cause.
 * @returns `null` when the text is good
 */
export function yamlFault(text: string, { errors, warnings }: Document): YamlFault | null {
  const [first] = [...errors, ...warnings].toSorted((left, right) => left.pos[0] - right.pos[0]);
  if (first === undefined) {
    return null;
  }
  const tab = tabIn(text, first.pos[0]);
  if (tab !== null) {
    return { offset: tab, message: 'a tab indents this line', remedy: 'indent with spaces only, here and below' };
  }
  const [message, remedy] = words[first.code] ?? ['this is not YAML', 'see the example in rules/README.md'];
  return { offset: first.pos[0], message, remedy };
}

/** The tab that indents the line of the fault, or one of the two lines around it: there the parser notices it. */
function tabIn(text: string, offset: number): number | null {
  const from = text.lastIndexOf('\n', text.lastIndexOf('\n', offset - 1) - 1) + 1;
  const end = text.indexOf('\n', text.indexOf('\n', offset) + 1);
  const around = text.slice(from, end < offset ? undefined : end);
  const at = /^ *(?:- *)*\t(?=.*\S)/m.exec(around);
  return at === null ? null : from + at.index + at[0].length - 1;
}
