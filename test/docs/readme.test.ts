import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { main } from '../../src/cli/main.ts';
import { fakeIo } from '../cli/io.ts';
import { allPages, read, root } from './pages.ts';

const readme = read('README.md');
const blog = read('rules/blog.yaml');

/** The block of the tour in that language, without its indentation. */
function block(language: string): string {
  const [, text = ''] = new RegExp(`^ {3}\`\`\`${language}\n(.*?)^ {3}\`\`\``, 'ms').exec(readme) ?? [];
  return text.replaceAll(/^ {3}/gm, '');
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'vestibule-readme-'));
  cpSync(join(root, 'rules'), dir, { recursive: true });
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs a command on the rules of the tour; shows them as those of the project. */
async function vestibule(...argv: string[]): Promise<string> {
  const { io, out, err } = fakeIo({ env: { RULES_DIR: dir } });
  await main(argv, io);
  return `${out()}${err()}`.replaceAll(`${dir}/`, 'rules/').replace(/rules [0-9a-f]{12}/, 'rules 5f0c1d2e3a4b');
}

/** rules/blog.yaml with the rule of the tour in front. */
function tour(change: (yaml: string) => string = (yaml) => yaml): void {
  writeFileSync(join(dir, 'blog.yaml'), change(blog.replace(/^rules:\n/m, `${block('yaml')}\n`)));
}

describe('README.md', () => {
  it('shows a rule that goes in front of the shipped ones, and what "explain" says of it', async () => {
    tour();
    const [command = '', ...output] = block('console').split('\n');
    expect(command).toMatch(/^\$ npx vestibule explain --client /);
    expect(await vestibule(...command.split(' ').slice(3))).toBe(output.join('\n'));
  });

  it('has what "explain" says of a registration in docs/change-rules.md too', async () => {
    const shown = /^mia@b\.example registered.*? {2}rules \w+\n/ms.exec(read('docs/change-rules.md'))?.[0];
    const said = await vestibule('explain', '--client', 'partner-portal', '--email', 'mia@b.example');
    expect(said).toBe(shown);
  });

  it('quotes what "check" says of a slip', async () => {
    tour((yaml) => yaml.replace('email-domain', 'email-domian'));
    const [, quoted] = /^ *and the remedy: `(.*)`$/m.exec(readme) ?? [];
    expect(await vestibule('check')).toBe(`${quoted}\n1 error, 0 warnings\n`);
  });

  it('needs five commands for a realm of its reader: set up, two checks, a dry run, and the service', () => {
    const [, section = ''] = /^## Run it\n(.*?)^## /ms.exec(readme) ?? [];
    const names = [...section.matchAll(/^(?:npx|DRY_RUN=true node|node) .*?vestibule(?:\.js)? (\w+)/gm)];
    expect(names.map(([, name]) => name)).toEqual(['setup', 'check', 'doctor', 'run', 'run']);
  });

  it.each(allPages)('%s names commands that there are, with options that they take', async (page) => {
    const wrong: string[] = [];
    for (const [whole, name = '', options = ''] of read(page).matchAll(
      /(?:npx |`|bin\/)vestibule(?:\.js)? ([\w-]+(?: (?:list|show|retry|replay|drop)\b(?: \w+\/[\w-]+)?)?)((?: --[\w-]+(?: [\w./@:=-]+)?)*)/g,
    )) {
      const { io, out } = fakeIo();
      const code = await main([...name.split(' ').slice(0, 2), '--help'], io);
      const unknown = (options.match(/--[\w-]+/g) ?? []).filter((option) => !out().includes(`  ${option}`));
      if (code !== 0 || unknown.length > 0) {
        wrong.push(whole);
      }
    }
    expect(wrong).toEqual([]);
  });
});
