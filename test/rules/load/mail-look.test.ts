import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { KeptRules } from '../../../src/rules/load/kept-rules.ts';
import { loadRules } from '../../../src/rules/load/load.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
const jpeg = Buffer.from('ffd8ffe000104a464946', 'hex');

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true })));
});

async function folder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-look-'));
  folders.push(dir);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  return dir;
}

const file = (more: string): string =>
  `version: 1\nrealm: acme\nclients: [shop]\n${more}\nrules:\n  - name: all\n    then: [disable-user]\n`;
const read = (more: string) =>
  parseRuleFile(
    'shop.yaml',
    file(more),
    () => ({ lines: [] }),
    () => ({ contentType: 'image/png', content: png }),
  );
const problemsOf = (more: string) => read(more).problems.map(formatProblem);

describe('src/rules/load/mail-look', () => {
  it('reads the look of mails, and leaves out what the file leaves out', () => {
    const look = `mail:
  from: Partner Desk <desk@acme.com>
  reply-to: desk@acme.com
  contact: https://acme.com/help
  color: '#0B6B3A'
  logo: logos/acme.png
  link: https://partners.acme.com/start?lang=de`;
    expect(read(look).ruleFile?.mail).toEqual({
      from: 'Partner Desk <desk@acme.com>',
      replyTo: 'desk@acme.com',
      contact: 'https://acme.com/help',
      color: '#0b6b3a',
      logo: { contentType: 'image/png', content: png },
      link: 'https://partners.acme.com/start?lang=de',
    });
    expect(read('mail: { contact: desk@acme.com }').ruleFile?.mail).toEqual({ contact: 'desk@acme.com' });
    expect(read('application: Shop').ruleFile).not.toHaveProperty('mail');
  });

  it.each([
    'desk@acme.com',
    'Bureau d’accueil <desk@acme.com>',
    'Büro 東京 <desk@acme.com>',
    '"Acme, Inc." <desk@acme.com>',
  ])('takes the sender %s', (from) => {
    expect(problemsOf(`mail: { from: '${from}' }`)).toEqual([]);
  });

  it.each([
    ['from: desk', '4:15 mail.from: must be a mail address, or a name with one, such as Partner desk <desk@acme.com>'],
    [
      "from: 'Acme, Inc. <desk@acme.com>'",
      `4:15 mail.from: must have its name in quotes, write '"Acme, Inc." <desk@acme.com>'`,
    ],
    ["from: 'A <a@acme.com>, B <b@acme.com>'", '4:15 mail.from: must have its name in quotes'],
    ["from: 'A <a@acme.com> <b@acme.com>'", '4:15 mail.from: must have its name in quotes'],
    ['from: "A\\r\\nBcc: b@acme.com <a@acme.com>"', '4:15 mail.from: must not hold control characters'],
    ["reply-to: 'Desk <desk@acme.com>'", '4:19 mail.reply-to: must be one plain mail address, such as desk@acme.com'],
    ["reply-to: 'a@acme.com, b@acme.com'", '4:19 mail.reply-to: must be one plain mail address, such as desk@acme.com'],
    ['contact: acme.com/help', '4:18 mail.contact: must be a mail address or an https link'],
    [
      'contact: http://acme.com/help',
      '4:18 mail.contact: must be a mail address or an https link, anybody on the way can change what people see there over http',
    ],
    ['contact: javascript:alert(1)', '4:18 mail.contact: must be a mail address or an https link'],
    ['color: green', '4:16 mail.color: must be a colour such as "#0b6b3a", in quotes'],
    ["color: '#0b6'", '4:16 mail.color: must be a colour such as "#0b6b3a", in quotes, write "#00bb66"'],
    ['color: 0b6b3a', '4:16 mail.color: must be a colour such as "#0b6b3a", in quotes, write "#0b6b3a"'],
    ["color: '#0b6b3a; background: url(x)'", '4:16 mail.color: must be a colour such as "#0b6b3a", in quotes'],
    [
      'link: http://acme.com',
      '4:15 mail.link: must be an https link, anybody on the way can change what people see there over http',
    ],
    ['link: https://user:secret@acme.com', '4:15 mail.link: must be an https link'],
    ['link: "https://acme.com/\\">x"', '4:15 mail.link: must be an https link'],
    ['colour: "#0b6b3a"', '4:9 mail.colour: unknown key, did you mean "color"?'],
    ['sender: desk@acme.com', '4:9 mail.sender: unknown key, did you mean "from"?'],
    ['logo: ""', '4:15 mail.logo: must not be empty'],
  ])('says where and what is wrong with %s', (look, problem) => {
    expect(problemsOf(`mail: { ${look} }`)).toContainEqual(expect.stringContaining(`shop.yaml:${problem}`));
  });

  it('says that a colour without quotes is a comment', () => {
    expect(problemsOf('mail:\n  color: #0b6b3a')).toEqual([
      'shop.yaml:5:10 mail.color: must be a colour such as "#0b6b3a", in quotes: without them, YAML takes it for a comment',
    ]);
    expect(problemsOf('mail: Partner Desk')).toEqual(['shop.yaml:4:7 mail: must be a map']);
  });

  it.each([
    ['png', png, 'image/png'],
    ['jpg', jpeg, 'image/jpeg'],
    ['gif', jpeg, 'image/jpeg'],
  ])('knows a logo by its bytes, not by its name: logo.%s', async (ending, content, contentType) => {
    const dir = await folder({ 'shop.yaml': file(`mail: { logo: logo.${ending} }`), [`logo.${ending}`]: content });
    expect((await loadRules(dir)).book?.files[0]?.mail?.logo).toEqual({ contentType, content });
  });

  it.each([
    ['is missing', {}, 'logo.png cannot be read: ENOENT'],
    ['is a folder', { 'logo.png/x': 'x' }, 'logo.png is no file'],
    [
      'is SVG',
      { 'logo.png': '<svg/>' },
      'logo.png is neither a PNG nor a JPEG image, mail programs show no other kinds everywhere',
    ],
    ['is too large', { 'logo.png': Buffer.concat([png, Buffer.alloc(100 * 1024)]) }, 'logo.png is larger than 100 KiB'],
  ])('refuses a logo that %s', async (_, files, problem) => {
    const dir = await folder({ 'shop.yaml': file('mail: { logo: logo.png }'), ...files });
    const { book, problems } = await loadRules(dir);
    expect(book).toBeNull();
    expect(problems.map(formatProblem)).toEqual([`shop.yaml:4:15 mail.logo: ${problem}`]);
  });

  it('reads no logo outside the folder, also not through a link', async () => {
    const secret = await folder({ 'key.png': png });
    const dir = await folder({
      'shop.yaml': file('mail: { logo: logo.png }'),
      'blog.yaml': file('mail: { logo: ../key.png }').replace('shop', 'blog'),
    });
    await symlink(join(secret, 'key.png'), join(dir, 'logo.png'));
    expect((await loadRules(dir)).problems.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^blog\.yaml:4:15 mail\.logo: \.\.\/key\.png (lies outside the rules folder|cannot be read)/,
      ),
      'shop.yaml:4:15 mail.logo: logo.png lies outside the rules folder',
    ]);
  });

  it('gives another version to another logo', async () => {
    const withLogo = async (content: Buffer) =>
      (await loadRules(await folder({ 'shop.yaml': file('mail: { logo: logo.png }'), 'logo.png': content }))).book
        ?.version;
    const [one, same, other] = [await withLogo(png), await withLogo(png), await withLogo(jpeg)];
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('keeps the logo of a file that is gone, as it keeps its rules', async () => {
    const gone = await folder({ 'shop.yaml': file('mail: { logo: logo.png }'), 'logo.png': png });
    const left = await folder({ 'blog.yaml': file('').replace('shop', 'blog') });
    const kept = new KeptRules(false);
    const { sources } = await loadRules(gone);
    expect(kept.recall(JSON.parse(JSON.stringify(sources)) as typeof sources)).toEqual([]);
    const { book, sources: now } = await loadRules(left);
    const files = book === null ? [] : kept.take({ book, sources: now }).files;
    expect(files.find(({ file }) => file === 'shop.yaml')?.mail?.logo?.content).toEqual(png);
  });
});

describe('the key time-zone', () => {
  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'])('takes %s', (zone) => {
    expect(read(`time-zone: ${zone}`).ruleFile?.timeZone).toBe(zone);
  });

  it.each([
    ['Europe/Berln', 'did you mean "Europe/Berlin"?'],
    ['Berlin', 'did you mean "Europe/Berlin"?'],
    ['new york', 'did you mean "America/New_York"?'],
  ])('takes no zone that is not known: %s', (zone, remedy) => {
    expect(problemsOf(`time-zone: ${zone}`)).toEqual([
      `shop.yaml:4:12 time-zone: must be a time zone such as Europe/Berlin, ${remedy}`,
    ]);
  });

  it('takes no offset, which knows no summer time, and no empty value', () => {
    expect(problemsOf('time-zone: "+01:00"')).toEqual([
      'shop.yaml:4:12 time-zone: must be a time zone such as Europe/Berlin',
    ]);
    expect(problemsOf('time-zone:')).toEqual(['shop.yaml:4:11 time-zone: must be text']);
  });
});
