import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { check } from '../../src/cli/check.ts';
import { fakeIo, folder } from './io.ts';

const good = 'version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: one\n    then: [disable-user]\n';
const wrong = good.replace('disable-user', 'disable-usr');
const warned = good.replace(
  'disable-user',
  'request-approval: { approvers: desk@acme.com, remind-after: 7d, expire-after: 7d }',
);

describe('src/cli/check', () => {
  it('answers 0 when all is good, and says what it saw', async () => {
    const { io, out } = fakeIo();
    expect(await check.run(['--rules', await folder({ 'shop.yaml': good })], io)).toBe(0);
    expect(out()).toMatch(/^1 file, 1 rule, 0 tests: good \(version [0-9a-f]{12}\)\n$/);
  });

  it('counts templates, and says what is wrong with one, at its place', async () => {
    const dir = await folder({ 'shop.yaml': good });
    await mkdir(join(dir, 'templates/en'), { recursive: true });
    const file = join(dir, 'templates/en/welcome.liquid');
    await writeFile(file, 'Subject: Hi\n\nText');
    const right = fakeIo();
    expect(await check.run([dir], right.io)).toBe(0);
    expect(right.out()).toContain('1 file, 1 rule, 0 tests, 1 template: good');
    await writeFile(file, 'Subject: Hi\n\nHello {{ nmae }}');
    const wrong = fakeIo();
    expect(await check.run([dir], wrong.io)).toBe(1);
    expect(wrong.out()).toBe(`${file}:3:10 unknown variable "nmae", did you mean "name"?\n1 error, 0 warnings\n`);
  });

  it('answers 1 when there are problems, each with the file as the terminal can open it', async () => {
    const dir = await folder({ 'shop.yaml': wrong });
    const { io, out } = fakeIo({ env: { RULES_DIR: dir } });
    expect(await check.run([], io)).toBe(1);
    expect(out()).toBe(
      `${join(dir, 'shop.yaml')}:6:12 rules[0].then[0]: unknown step "disable-usr", did you mean "disable-user"?\n1 error, 0 warnings\n`,
    );
  });

  it('answers 0 when there is nothing but warnings', async () => {
    const { io, out } = fakeIo();
    expect(await check.run(['--rules', await folder({ 'shop.yaml': warned })], io)).toBe(0);
    expect(out()).toContain('warning: rules[0].then[0].request-approval: "remind-after" comes when');
  });

  it('takes the folder as it is typed, and one only', async () => {
    const dir = await folder({ 'shop.yaml': wrong });
    const { io, out } = fakeIo();
    expect(await check.run([dir], io)).toBe(1);
    expect(out()).toContain(join(dir, 'shop.yaml'));
    const two = fakeIo();
    expect(await check.run(['--rules', dir, 'other/', '--format', 'json'], two.io)).toBe(2);
    expect(two.err()).toContain(`vestibule check: One folder at a time: "other/" came after "${dir}"\n`);
  });

  it('answers 2 when there are no rules to check', async () => {
    expect(await check.run(['--rules', '/nowhere'], fakeIo().io)).toBe(2);
    expect(await check.run(['--format', 'xml'], fakeIo().io)).toBe(2);
  });

  it('warns of clients that a revision of git has rules for, and these files do not name any more', async () => {
    const blog = good.replace('shop', 'blog');
    const dir = await folder({ 'shop.yaml': good, 'blog.yaml': blog });
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@acme.com', ...args]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'before');
    await rm(join(dir, 'shop.yaml'));
    const gone = fakeIo();
    expect(await check.run(['--against-git', 'HEAD', dir], gone.io)).toBe(0);
    expect(gone.out()).toContain(`${join(dir, 'shop.yaml')}:1:1 warning: no file names shop of realm acme any more`);
    await writeFile(join(dir, 'open.yaml'), good.replace('[disable-user]', '[]'));
    const confirmed = fakeIo();
    expect(await check.run(['--against-git', 'HEAD', dir], confirmed.io)).toBe(0);
    expect(confirmed.out()).not.toContain('warning');
    await expect(check.run(['--against-git', 'no-such-revision', dir], fakeIo().io)).rejects.toMatchObject({
      code: 'RULES_INVALID',
    });
  });

  it('writes JSON for machines', async () => {
    const dir = await folder({ 'shop.yaml': wrong });
    const { io, out } = fakeIo();
    await check.run(['--rules', dir, '--format', 'json'], io);
    expect(JSON.parse(out())).toEqual({
      ok: false,
      version: null,
      passed: 0,
      problems: [
        {
          file: join(dir, 'shop.yaml'),
          line: 6,
          col: 12,
          severity: 'error',
          message: 'rules[0].then[0]: unknown step "disable-usr"',
          remedy: 'did you mean "disable-user"?',
        },
      ],
    });
  });

  it('writes annotations for CI systems', async () => {
    const dir = await folder({ 'shop.yaml': good.replace('[shop]', '["100%\\n"]') });
    const { io, out } = fakeIo();
    await check.run(['--rules', dir, '--format', 'github'], io);
    expect(out()).toBe(
      `::error file=${join(dir, 'shop.yaml')},line=3,col=11::clients[0]: must not hold control characters\n`,
    );
  });

  it('runs the rule tests, and names a case that comes out otherwise', async () => {
    const tests = `cases:
  - name: they are shut out
    event: { realm: acme, client: shop, email: a@b.example }
    expect: { rule: one, steps: [disable-user] }
  - name: they are welcome
    event: { realm: acme, client: shop }
    expect: { rule: two }
`;
    const dir = await folder({ 'shop.yaml': good, 'shop.test.yaml': tests });
    const { io, out } = fakeIo();
    expect(await check.run(['--rules', dir], io)).toBe(1);
    expect(out()).toBe(
      `${join(dir, 'shop.test.yaml')}:7:13 "they are welcome": "one" decided, not "two": one: no condition\n1 error, 0 warnings\n`,
    );
  });
});
