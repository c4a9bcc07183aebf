import { oneLine } from '../../platform/safe-text.ts';
import type { RuleBook, TemplateText } from '../../rules/model.ts';
import { type Compiled, compile, type Written } from './compile.ts';
import type { Values } from './engine.ts';
import { templateMessages } from './messages.ts';

/** The texts that operators wrote for the mails of one rule file. */
export interface Templates {
  /**
   * @param slots what the mail brings along
   * @returns `null`: the built-in text stands
   */
  write(message: string, language: string, values: Values, slots: readonly string[]): Written | null;
  /** The file that the text is from; `null`: the built-in text. */
  fileOf(message: string, language: string): string | null;
}

/** Tells that a template made no mail, so that the built-in text was sent. */
export type OnFailure = (file: string, why: string) => void;

/** A template by its place in the rules folder: `templates/[RULE FILE/]LANGUAGE/MESSAGE.liquid`. */
export interface TemplatePlace {
  /** The name of a rule file without its ending; `null`: it is for all. */
  readonly folder: string | null;
  readonly language: string;
  readonly message: string;
}

export function placeOfTemplate(file: string): TemplatePlace | null {
  const [, folder, language = '', message = ''] =
    /^templates\/(?:([^/]+)\/)?([^/]+)\/([^/]+)\.liquid$/.exec(file) ?? [];
  return message === '' ? null : { folder: folder ?? null, language, message };
}

/** `partner-portal` for `partner-portal.yaml`. */
export function folderOf(ruleFile: string): string {
  return ruleFile.replace(/\.ya?ml$/, '');
}

/** Rule books are immutable, so the templates of each are read once. */
const read = new WeakMap<readonly TemplateText[], ReadonlyMap<string, Read>>();

/** @param ruleFile the file that decides about the client; `null`: none does */
export function templatesFor(book: RuleBook, ruleFile: string | null, onFailure: OnFailure): Templates {
  const known = compiledIn(book.templates ?? []);
  const folders = [...(ruleFile === null ? [] : [folderOf(ruleFile)]), null];
  const find = (message: string, language: string) => {
    const found = folders.map((folder) => known.get(keyOf({ folder, language, message })));
    return found.find((template) => template !== undefined) ?? null;
  };
  return {
    fileOf: (message, language) => find(message, language)?.file ?? null,
    write(message, language, values, slots) {
      const found = find(message, language);
      try {
        return found?.template.write(values, slots) ?? null;
      } catch (error) {
        onFailure(found?.file ?? '', oneLine((error as Error).message));
        return null;
      }
    },
  };
}

interface Read {
  readonly file: string;
  readonly template: Compiled;
}

function compiledIn(templates: readonly TemplateText[]): ReadonlyMap<string, Read> {
  const before = read.get(templates);
  if (before !== undefined) {
    return before;
  }
  const compiled = templates.flatMap(({ file, text }): [string, Read][] => {
    const place = placeOfTemplate(file);
    const message = place === null ? undefined : templateMessages.get(place.message);
    const template = message === undefined ? { faults: [] } : compile(text, message);
    return place === null || 'faults' in template ? [] : [[keyOf(place), { file, template }]];
  });
  const made = new Map(compiled);
  read.set(templates, made);
  return made;
}

function keyOf({ folder, language, message }: TemplatePlace): string {
  return JSON.stringify([folder, language, message]);
}
