import { writeFile } from 'node:fs/promises';

import { reference } from '../rules/reference/reference.ts';
import { ruleFileSchema } from '../rules/reference/schema.ts';
import { command } from './command.ts';

export const schema = command({
  name: 'schema',
  summary: 'write the JSON Schema of rule files, for editors, or their reference, for people',
  options: {
    format: {
      among: ['json', 'markdown'],
      initial: 'json',
      about: 'json for editors, markdown for the reference',
    },
    out: { value: 'FILE', about: 'where to write it, such as rules/schema.json; without it, to the standard output' },
  },
  notes: [
    'An editor with YAML support finds the schema by the first line of a rule file:',
    '# yaml-language-server: $schema=./schema.json',
  ],
  async run({ values: { format, out } }, io) {
    const text = format === 'markdown' ? reference() : `${JSON.stringify(ruleFileSchema(), null, 2)}\n`;
    if (out === undefined) {
      io.stdout(text);
    } else {
      await writeFile(out, text);
    }
    return 0;
  },
});
