import { parseArgs } from 'node:util';

import { settingsFile, settingsTable } from '../platform/settings-reference.ts';
import type { Command } from './command.ts';

export const listSettings: Command = {
  name: 'settings',
  summary: 'list the settings of "run", as an environment file or as a table',
  usage: `vestibule settings [--format env|markdown]

  --format  env for a file to fill in (.env.example), markdown for the table of docs/settings.md

Says what can be set, not what is set.`,
  async run(argv, io) {
    const { values } = parseArgs({ args: [...argv], options: { format: { type: 'string', default: 'env' } } });
    if (!['env', 'markdown'].includes(values.format)) {
      io.stderr(`${listSettings.usage}\n`);
      return 2;
    }
    io.stdout(values.format === 'markdown' ? `${settingsTable()}\n` : settingsFile());
    return 0;
  },
};
