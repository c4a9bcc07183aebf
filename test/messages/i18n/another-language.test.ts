import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const greeting = 'Benvenuti in {application}';

/** A copy of the program with one more file: the catalogue of a language that it does not have. */
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'vestibule-language-'));
  await Promise.all(
    ['src', 'workers', 'package.json'].map((name) => cp(join(root, name), join(copy, name), { recursive: true })),
  );
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const german = await readFile(join(root, 'src/messages/i18n/de.ts'), 'utf8');
  const italian = german
    .replace('export const de:', 'export const it:')
    .replace(/('welcome\.subject':) .*,/, `$1 '${greeting}',`)
    .replace(/('page\.approve':) .*,/, `$1 'Approva',`);
  await writeFile(join(copy, 'src/messages/i18n/it.ts'), italian);
  await mkdir(join(copy, 'rules/templates/it'), { recursive: true });
  const rules =
    'version: 1\nrealm: acme\nclients: [shop]\nlanguage: it\nrules:\n  - name: all\n    then: [{ notify-user: welcome }]\n';
  await writeFile(join(copy, 'rules/shop.yaml'), rules);
  await writeFile(join(copy, 'rules/templates/it/approved.liquid'), 'Subject: Ci siamo, {{ application }}\n\nTesto');
  const main =
    "import { main, processIo } from './src/cli/main.ts';\nprocess.exitCode = await main(process.argv.slice(2), processIo);\n";
  await writeFile(join(copy, 'main.ts'), main);
  const pages = `import { acceptedLanguage, translator } from './src/messages/i18n/translate.ts';
const language = acceptedLanguage('it-IT, de;q=0.5');
process.stdout.write(JSON.stringify([language, translator(language)('page.approve')]));
`;
  await writeFile(join(copy, 'pages.ts'), pages);
}, 60_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

async function run(...argv: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ...argv], { cwd: copy });
  return stdout;
}

describe('a language is one file', () => {
  it('that rule files may name, also for editors', async () => {
    expect(await run('main.ts', 'check')).toMatch(/^1 file, 1 rule, 0 tests, 1 template: good/);
    const { properties } = JSON.parse(await run('main.ts', 'schema')) as {
      properties: { language: { enum: string[] } };
    };
    expect(properties.language.enum).toContain('it');
  }, 60_000);

  it('that mails are written in, with templates of their own', async () => {
    const list = await run('main.ts', 'mail', 'preview', '--list', '--language', 'it');
    expect(list).toMatch(/ welcome +it +built-in +Benvenuti in shop$/m);
    expect(list).toMatch(/ approved +it +templates\/it\/approved\.liquid +Ci siamo, shop$/m);
  }, 60_000);

  it('that a browser can ask for', async () => {
    expect(JSON.parse(await run('pages.ts'))).toEqual(['it', 'Approva']);
  }, 60_000);
});
