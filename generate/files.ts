import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { corpusText, doorCorpus } from './door/corpus.ts';
import { templateReference } from '../src/messages/templates/reference.ts';
import { settingsFile, settingsTable } from '../src/platform/settings-reference.ts';
import { reference } from '../src/rules/reference/reference.ts';
import { ruleFileSchema } from '../src/rules/reference/schema.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** The settings stand between two marks, on whichever page of the docs has them; the reference stands after its mark. */
const settingsMarks = /(<!-- settings: .* -->\n).*(\n<!-- \/settings -->)/s;
const templateMarks = /(<!-- templates: .* -->\n).*(<!-- \/templates -->)/s;
const referenceMark = /(<!-- reference -->\n\n).*/s;

/** Every file that is generated, wholly or in part, as it has to be. `npm run generate` writes them; a test compares. */
export function generatedFiles(root: string): readonly GeneratedFile[] {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const withSettings = pages
    .map((name) => ({ path: `docs/${name}`, text: read(`docs/${name}`) }))
    .filter(({ text }) => settingsMarks.test(text));
  return [
    { path: '.env.example', text: settingsFile() },
    { path: 'rules/schema.json', text: `${JSON.stringify(ruleFileSchema(), null, 2)}\n` },
    {
      path: 'rules/README.md',
      text: read('rules/README.md').replace(referenceMark, (_, mark: string) => mark + reference()),
    },
    {
      path: 'docs/mails.md',
      text: read('docs/mails.md').replace(
        templateMarks,
        (_, start: string, end: string) => `${start}\n${templateReference()}\n\n${end}`,
      ),
    },
    { path: 'test/door/corpus.json', text: corpusText(doorCorpus()) },
    ...withSettings.map(({ path, text }) => ({
      path,
      text: text.replace(settingsMarks, (_, start: string, end: string) => start + settingsTable() + end),
    })),
  ];
}
