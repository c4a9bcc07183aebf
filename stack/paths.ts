import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Downloads and built servers; shared by all checkouts. */
export const cacheDir = process.env['VESTIBULE_CACHE'] ?? join(homedir(), '.cache', 'vestibule');

/** State, data and logs of one stack. */
export function stackDir(name: string): string {
  return join(projectDir, '.stack', name);
}
