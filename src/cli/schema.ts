import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { ruleFileSchema } from '../rules/schema.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'write the JSON Schema of rule files, for editors',
  usage: `vestibule schema [--out FILE]

  --out FILE  where to write it, such as rules/schema.json (else to the standard output)

An editor with YAML support takes it up by the first line of a rule file:
# yaml-language-server: $schema=./schema.json`,
  async run(argv, io) {
    const { values } = parseArgs({ args: [...argv], options: { out: { type: 'string' } } });
    const text = `${JSON.stringify(ruleFileSchema(), null, 2)}\n`;
    if (values.out === undefined) {
      io.stdout(text);
    } else {
      await writeFile(values.out, text);
    }
    return 0;
  },
};
