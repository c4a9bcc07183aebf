import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { generatedFiles } from './files.ts';

/** `npm run generate`: writes every file that is generated, and names those that changed. */
const root = join(import.meta.dirname, '..');
const stale = generatedFiles(root).filter(({ path, text }) => readFileSync(join(root, path), 'utf8') !== text);
for (const { path, text } of stale) {
  writeFileSync(join(root, path), text);
  console.log(`${path} written`);
}
if (stale.length === 0) {
  console.log('every generated file is up to date');
}
