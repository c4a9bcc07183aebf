import { didYouMean } from '../../platform/did-you-mean.ts';
import { languages } from '../../platform/languages.ts';
import { entriesOf } from '../../rules/decide/choose.ts';
import type { Problem } from '../../rules/load/problem.ts';
import type { RuleBook, TemplateText } from '../../rules/model.ts';
import { compile, type Fault, faultOf } from './compile.ts';
import type { Values } from './engine.ts';
import { type TemplateMessage, templateMessages } from './messages.ts';
import { folderOf, placeOfTemplate } from './templates.ts';

/**
 * What is wrong with the templates of a rule book: its places, its texts, and what they make of good and bad values. A
 * template that passes can make a mail of anything that people type.
 */
export function templateProblems(book: RuleBook): readonly Problem[] {
  return (book.templates ?? []).flatMap((template) =>
    faultsOf(template, book).map(({ remedy, ...fault }) => ({
      file: template.file,
      severity: 'error' as const,
      ...fault,
      ...(remedy === undefined ? {} : { remedy }),
    })),
  );
}

/**
 * Of these problems, those that mails would meet. A folder whose rule file is gone concerns no mail: the service has to
 * start, and keeps the last rules of that file in force.
 */
export function problemsOfMails(book: RuleBook): readonly Problem[] {
  const folders = book.files.map(({ file }) => folderOf(file));
  const templates = (book.templates ?? []).filter(({ file }) => {
    const folder = placeOfTemplate(file)?.folder ?? null;
    return folder === null || folders.includes(folder);
  });
  return templateProblems({ ...book, templates });
}

function faultsOf({ file, text }: TemplateText, book: RuleBook): readonly Fault[] {
  const misplaced = placeFault(file, book);
  const message = templateMessages.get(placeOfTemplate(file)?.message ?? '');
  if (misplaced !== null || message === undefined) {
    return [{ line: 1, col: 1, ...misplaced, message: misplaced?.message ?? 'is not read' }];
  }
  const template = compile(text, message);
  if ('faults' in template) {
    return template.faults;
  }
  for (const { values, slots } of trials(message)) {
    try {
      template.write(values, slots);
    } catch (error) {
      return [faultOf(error)];
    }
  }
  return [];
}

type Misplaced = Pick<Fault, 'message' | 'remedy'>;

function placeFault(file: string, book: RuleBook): Misplaced | null {
  const place = placeOfTemplate(file);
  const folders = book.files.map((ruleFile) => folderOf(ruleFile.file));
  if (place === null) {
    const remedy = 'put it into templates/LANGUAGE, or into templates/NAME/LANGUAGE for the rule file NAME.yaml';
    return { message: 'lies in no folder of a language', remedy };
  }
  const { folder, language, message } = place;
  if (folder !== null && !folders.includes(folder)) {
    return { message: `there is no rule file ${folder}.yaml`, remedy: folderMeantBy(folder, folders, book) };
  }
  if (!languages.includes(language)) {
    const inside = folders.includes(language) && folder === null;
    const meant = didYouMean(language, languages) || `there are ${languages.join(', ')}`;
    const remedy = inside ? `put it into a folder of its language, such as templates/${language}/en` : meant;
    return { message: `unknown language "${language}"`, remedy };
  }
  const known = [...templateMessages.keys()];
  if (!known.includes(message)) {
    return {
      message: `unknown message "${message}"`,
      remedy: didYouMean(message, known) || `there are ${known.join(', ')}`,
    };
  }
  return null;
}

/** People think of the client first; its rules may stand in a file of another name. */
function folderMeantBy(folder: string, folders: readonly string[], book: RuleBook): string {
  const entry = entriesOf(book).find(({ client }) => client === folder);
  return entry === undefined
    ? didYouMean(folder, folders) || `there are ${folders.join(', ')}`
    : `the client ${folder} has its rules in ${entry.file.file}: call the folder ${folderOf(entry.file.file)}`;
}

/** What people type to break something. */
const nasty =
  '{{ button }} {% raw %} <script>alert(1)</script> https://evil.example \r\n\r\nSubject: x\u202e \u0005button\u0006 \u{1f600}';

/** Ordinary values, bad ones, and only those that are never missing. */
function trials({ variables, slots }: TemplateMessage): readonly { values: Values; slots: readonly string[] }[] {
  const all = Object.entries(variables);
  const valuesOf = (make: (name: string) => string): Values =>
    Object.fromEntries(all.map(([name]) => [name, make(name)]));
  const sample = (name: string): string => variables[name]?.sample ?? '';
  const always = Object.entries(slots).flatMap(([name, { optional }]) => (optional === true ? [] : [name]));
  const rest = all.filter(([, { optional }]) => optional !== true);
  return [
    { values: valuesOf(sample), slots: Object.keys(slots) },
    { values: valuesOf((name) => (variables[name]?.ours === true ? sample(name) : nasty)), slots: Object.keys(slots) },
    { values: Object.fromEntries(rest.map(([name, { sample }]) => [name, sample])), slots: always },
  ];
}
