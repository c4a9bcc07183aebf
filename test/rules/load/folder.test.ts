import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createDebounce } from '../../../src/rules/load/debounce.ts';
import { RulesFolder } from '../../../src/rules/load/folder.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-folder-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Whether the first look after a change takes it up. */
async function takesUpAtOnce(change: () => Promise<unknown>): Promise<boolean> {
  const folder = new RulesFolder(dir);
  const debounce = createDebounce(await folder.marks());
  await change();
  return debounce.due(await folder.marks());
}

/** As a file is that was written a while ago. */
async function written(path: string): Promise<void> {
  await writeFile(path, 'version: 1');
  await utimes(path, new Date(0), new Date(0));
}

describe('src/rules/load/folder: what the file system shows of a change', () => {
  it('a file that is written in place, or added, is not whole yet', async () => {
    const path = join(dir, 'a.yaml');
    await written(path);
    expect(await takesUpAtOnce(() => appendFile(path, '\nrealm: acme'))).toBe(false);
    expect(await takesUpAtOnce(() => writeFile(join(dir, 'b.yaml'), 'version: 1'))).toBe(false);
    expect(await takesUpAtOnce(() => rm(path))).toBe(false);
  });

  it('a file that is renamed into place is whole', async () => {
    const path = join(dir, 'a.yaml');
    await written(path);
    await written(join(dir, '.next'));
    expect(await takesUpAtOnce(() => rename(join(dir, '.next'), path))).toBe(true);
  });

  it('files behind a link that is swapped are whole, also if they were written a moment ago', async () => {
    for (const version of ['one', 'two']) {
      await mkdir(join(dir, `..${version}`));
      await writeFile(join(dir, `..${version}`, 'a.yaml'), 'version: 1');
    }
    await symlink('..one', join(dir, '..data'));
    await symlink('..data/a.yaml', join(dir, 'a.yaml'));
    await symlink('..two', join(dir, '..next'));
    expect(await takesUpAtOnce(() => rename(join(dir, '..next'), join(dir, '..data')))).toBe(true);
  });

  it('leaves out what no link leads to', async () => {
    await written(join(dir, 'a.yaml'));
    await symlink('nowhere', join(dir, 'b.yaml'));
    expect((await new RulesFolder(dir).marks()).map(({ name }) => name)).toEqual(['a.yaml']);
  });
});
