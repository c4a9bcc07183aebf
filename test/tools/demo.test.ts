import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { rulesInForce } from '../../stack/demo/rules-in-force.ts';
import { settingsFileName, writeSettingsFile } from '../../stack/demo/settings-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-demo-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('stack/demo/settings-file', () => {
  it('is there while the demo runs, for its owner alone, and gone afterwards', async () => {
    const settings = { REDIS_URL: 'redis://127.0.0.1:6379', MAIL_FROM: 'Vestibule <vestibule@acme.test>' };
    const remove = await writeSettingsFile(settings, dir);
    const file = join(dir, settingsFileName);
    expect(parseEnv(await readFile(file, 'utf8'))).toEqual(settings);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await remove();
    expect(existsSync(file)).toBe(false);
  });

  it('leaves the file of a later demo, and never has the name that an operator uses', async () => {
    const remove = await writeSettingsFile({ HTTP_PORT: '1' }, dir);
    await writeSettingsFile({ HTTP_PORT: '2' }, dir);
    await remove();
    expect(await readFile(join(dir, settingsFileName), 'utf8')).toContain('HTTP_PORT=2');
    expect(settingsFileName).not.toBe('.env');
  });
});

describe('stack/demo/rules-in-force', () => {
  it('has the text of the rule files without their tests, also while the service does not answer', async () => {
    await writeFile(join(dir, 'blog.yaml'), 'version: 1\n');
    await writeFile(join(dir, 'blog.test.yaml'), 'cases: []\n');
    expect(await rulesInForce(dir, 'http://127.0.0.1:9')).toEqual({
      state: 'the service does not say which rules are in force',
      files: [{ name: 'blog.yaml', text: 'version: 1\n' }],
    });
  });
});
