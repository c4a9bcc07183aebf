import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { generatedFiles } from '../../generate/files.ts';

const root = join(import.meta.dirname, '../..');
const files = generatedFiles(root);

describe('generate/files', () => {
  it.each(files)('$path is as "npm run generate" writes it', ({ path, text }) => {
    if (readFileSync(join(root, path), 'utf8') !== text) {
      throw new Error(`${path} is out of date: run "npm run generate" and commit what it writes`);
    }
  });

  it('finds the one page that lists the settings', () => {
    const own = ['.env.example', 'rules/schema.json', 'rules/README.md', 'test/door/corpus.json', 'docs/mails.md'];
    expect(files.filter(({ path }) => !own.includes(path))).toHaveLength(1);
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(own));
  });
});
