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
const read = new WeakMap<readonly TemplateText[], ReadonlyMap<string, readonly [file: string, Compiled]>>();

/** @param ruleFile the file that decides about the client; `null`: none does */
export function templatesFor(book: RuleBook, ruleFile: string | null, onFailure: OnFailure): Templates {
  const known = compiledIn(book.templates ?? []);
  const folders = [...(ruleFile === null ? [] : [folderOf(ruleFile)]), null];
  return {
    write(message, language, values, slots) {
      const found = folders.flatMap((folder) => known.get(keyOf({ folder, language, message })) ?? []);
      const [file, template] = found as [] | [string, Compiled];
      if (file === undefined || template === undefined) {
        return null;
      }
      try {
        return template.write(values, slots);
      } catch (error) {
        onFailure(file, oneLine((error as Error).message));
        return null;
      }
    },
  };
}

function compiledIn(templates: readonly TemplateText[]): ReadonlyMap<string, readonly [string, Compiled]> {
  const before = read.get(templates);
  if (before !== undefined) {
    return before;
  }
  const compiled = templates.flatMap(({ file, text }): [string, [string, Compiled]][] => {
    const place = placeOfTemplate(file);
    const message = place === null ? undefined : templateMessages.get(place.message);
    const template = message === undefined ? { faults: [] } : compile(text, message);
    return place === null || 'faults' in template ? [] : [[keyOf(place), [file, template]]];
  });
  const made = new Map(compiled);
  read.set(templates, made);
  return made;
}

function keyOf({ folder, language, message }: TemplatePlace): string {
  return JSON.stringify([folder, language, message]);
}
