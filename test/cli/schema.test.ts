import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { schema } from '../../src/cli/schema.ts';
import { fakeIo, folder } from './io.ts';

describe('src/cli/schema', () => {
  it('writes the schema of rule files where it is told', async () => {
    const file = join(await folder({}), 'schema.json');
    const { io, out } = fakeIo();
    expect(await schema.run([], io)).toBe(0);
    expect(await schema.run(['--out', file], io)).toBe(0);
    expect(JSON.parse(out())).toMatchObject({ title: 'Vestibule rule file', type: 'object' });
    expect(await readFile(file, 'utf8')).toBe(out());
  });
});
