import { settingsFile, settingsTable } from '../platform/settings-reference.ts';
import { command } from './command.ts';

export const listSettings = command({
  name: 'settings',
  summary: 'list the settings of "run", as an environment file or as a table',
  options: {
    format: {
      among: ['env', 'markdown'],
      initial: 'env',
      about: 'env for a file to fill in (.env.example), markdown for the table of docs/settings.md',
    },
  },
  notes: ['It says what can be set, not what is set.'],
  async run({ values: { format } }, io) {
    io.stdout(format === 'markdown' ? `${settingsTable()}\n` : settingsFile());
    return 0;
  },
});
