import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { reference } from '../rules/reference/reference.ts';
import { ruleFileSchema } from '../rules/reference/schema.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'write the JSON Schema of rule files, for editors, or their reference, for people',
  usage: `vestibule schema [--format json|markdown] [--out FILE]

  --format    json for editors, markdown for the reference
  --out FILE  where to write it, such as rules/schema.json (else to the standard output)

An editor with YAML support takes it up by the first line of a rule file:
# yaml-language-server: $schema=./schema.json`,
  async run(argv, io) {
    const options = { format: { type: 'string', default: 'json' }, out: { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...argv], options });
    if (!['json', 'markdown'].includes(values.format)) {
      io.stderr(`${schema.usage}\n`);
      return 2;
    }
    const text = values.format === 'markdown' ? reference() : `${JSON.stringify(ruleFileSchema(), null, 2)}\n`;
    if (values.out === undefined) {
      io.stdout(text);
    } else {
      await writeFile(values.out, text);
    }
    return 0;
  },
};
