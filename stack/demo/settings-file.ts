import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { projectDir } from '../paths.ts';

export const settingsFileName = '.env.demo';

const head = `# Settings of the demo that runs, for commands that are to look at it: node --env-file=${settingsFileName} bin/vestibule.js …
# "npm run demo" writes this file, and takes it away when it ends.
`;

/**
 * Writes the settings of the running demo. A name of its own, so that an operator's .env is never touched.
 * @returns takes the file away again, if no other demo has written it meanwhile
 */
export async function writeSettingsFile(
  settings: Readonly<Record<string, string>>,
  dir = projectDir,
): Promise<() => Promise<void>> {
  const file = join(dir, settingsFileName);
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  const text = `${head}${lines.join('')}`;
  await writeFile(file, text, { mode: 0o600 });
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => null)) === text) {
      await rm(file);
    }
  };
}
