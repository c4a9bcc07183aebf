import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { mailPreview } from '../../../src/cli/mail-preview.ts';
import { main } from '../../../src/cli/main.ts';
import { templateMessages } from '../../../src/messages/templates/messages.ts';
import { readGallery } from '../../../src/operate/mail-preview/gallery.ts';
import { previewFiles } from '../../../src/operate/mail-preview/pages.ts';
import { type PreviewServer, servePreview } from '../../../src/operate/mail-preview/serve.ts';
import { languages } from '../../../src/platform/languages.ts';
import { fakeIo } from '../../cli/io.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
const rulesOf = (client: string, more = ''): string =>
  `version: 1\nrealm: acme\nclients: ["${client}"]\napplication: The ${client.replace('*', 'star')}\n${more}rules:\n  - name: the desk decides\n    then: [{ request-approval: { approvers: desk@acme.com, approved: [{ join-group: /in }], show: company } }]\n`;
const look = 'mail: { from: "Desk <desk@acme.com>", reply-to: help@acme.com, logo: logo.png }\n';

const folders: string[] = [];
const servers: PreviewServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true })));
});

async function folder(files: Readonly<Record<string, string | Buffer>> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-preview-'));
  folders.push(dir);
  await write(dir, { 'portal.yaml': rulesOf('portal', look), 'logo.png': png, 'shop.yaml': rulesOf('shop'), ...files });
  return dir;
}

async function write(dir: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
}

async function serve(dir: string): Promise<PreviewServer> {
  const server = await servePreview(async () => previewFiles(await readGallery(dir, {}), 'vestibule@acme.com'));
  servers.push(server);
  return server;
}

/** `fetch` sets the Host itself. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('src/operate/mail-preview', () => {
  it('shows each message of each client in each language, with good and nasty data', async () => {
    const { pictures, problems } = await readGallery(await folder(), {});
    expect(problems).toEqual([]);
    expect(pictures).toHaveLength(2 * templateMessages.size * languages.length * 2);
    const shown = (message: string) =>
      pictures.find((picture) => picture.slug === 'portal' && picture.message === message);
    expect(shown('welcome')?.mail).toMatchObject({ from: 'Desk <desk@acme.com>', replyTo: 'help@acme.com' });
    expect(shown('ask')?.mail.text).toContain('/in');
    expect(shown('ask')?.mail.text).toContain('Example Ltd');
    expect(pictures.find(({ slug }) => slug === 'shop')?.mail).not.toHaveProperty('from');
  });

  it('shows a template in its place, and says whose text a mail has', async () => {
    const file = 'templates/portal/de/welcome.liquid';
    const dir = await folder({ [file]: 'Subject: Hallo {{ application }}\n\nText' });
    const { pictures } = await readGallery(dir, { message: 'welcome', language: 'de' });
    const subjects = pictures
      .filter(({ sample }) => sample === 'good')
      .map(({ slug, template, mail }) => [slug, template, mail.subject]);
    expect(subjects).toEqual([
      ['portal', file, 'Hallo The portal'],
      ['shop', null, expect.not.stringContaining('Hallo')],
    ]);
  });

  it('finds the file of a client as the service does', async () => {
    const dir = await folder({ 'partners.yaml': rulesOf('partner-*') });
    const { pictures } = await readGallery(dir, { client: 'partner-west', message: 'welcome', language: 'en' });
    expect(pictures.map(({ client }) => [client.file.file, client.clientId])).toEqual([
      ['partners.yaml', 'partner-west'],
      ['partners.yaml', 'partner-west'],
    ]);
    const all = await readGallery(dir, { message: 'welcome', language: 'en' });
    expect(all.pictures.map(({ client }) => client.clientId)).toContain('partner-example');
  });

  it.each([
    [{ client: 'shpo' }, 'no rule file names the client "shpo": did you mean "shop"?'],
    [{ client: 'shop', realm: 'other' }, 'no rule file names the client "shop" in the realm "other"'],
    [{ language: 'xx' }, 'there is no language "xx"'],
    [{ message: 'welcom' }, 'there is no message "welcom": did you mean "welcome"?'],
  ])('says that %j is not there', async (wish, complaint) => {
    await expect(readGallery(await folder(), wish)).rejects.toThrow(complaint);
  });

  it('puts the logo into the page, and shows the dark as the mail has it', async () => {
    const files = previewFiles(await readGallery(await folder(), {}), 'x');
    const [light = '', dark = ''] = ['light', 'dark'].map((scheme) =>
      files.get(`portal/ask.en.nasty.${scheme}.html`)?.content(),
    );
    for (const markup of [light, dark]) {
      expect(markup).not.toMatch(/cid:|prefers-color-scheme: dark|<script|<img src=x/);
      expect(markup).toMatch(/color-scheme: only (light|dark)/);
    }
    expect(light).not.toBe(dark);
    const page = files.get('portal/ask.en.nasty.html')?.content() ?? '';
    expect(page.match(/<iframe[^>]*>/g)).toHaveLength(4);
    expect(page.match(/<iframe\s+sandbox\s/g)).toHaveLength(4);
    expect(page).not.toMatch(/<script|<img/);
  });
});

describe('the server of the preview', () => {
  it('serves this machine, and no web page that gives its name this address', async () => {
    const { url } = await serve(await folder());
    const { port } = new URL(url);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const hosts = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
      `localhost:${Number(port) - 1}`,
    ];
    expect(await Promise.all(hosts.map((host) => statusFor(url, host)))).toEqual([200, 200, 403, 403, 403, 403]);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('reads rules and templates anew at each request', async () => {
    const dir = await folder();
    const { url } = await serve(dir);
    const page = async () => (await fetch(`${url}shop/welcome.en.good.html`)).text();
    expect(await page()).toContain('built-in');
    await write(dir, { 'templates/en/welcome.liquid': 'Subject: A new text\n\nText' });
    expect(await page()).toContain('A new text');
    await write(dir, { 'templates/en/welcome.liquid': 'Subject: A new {{ txet }}\n\nText' });
    expect(await page()).toContain('templates/en/welcome.liquid:1:19 unknown variable');
    await write(dir, { 'shop.yaml': 'nothing' });
    const index = await (await fetch(url)).text();
    expect(index).toContain('shop.yaml:1:1');
  });

  it('serves each page with its rights, and nothing else of the folder', async () => {
    const { url } = await serve(await folder());
    const policyOf = async (path: string) => (await fetch(url + path)).headers.get('content-security-policy');
    expect(await policyOf('shop/ask.en.good.html')).toContain("default-src 'none'");
    expect(await policyOf('shop/ask.en.good.dark.html')).toContain('; sandbox');
    for (const path of ['shop.yaml', '../shop.yaml', '%2e%2e/shop.yaml', 'shop/', 'constructor']) {
      expect((await fetch(url + path)).status).toBe(404);
    }
  });

  it('says which port is taken', async () => {
    const { url } = await serve(await folder());
    const port = Number(new URL(url).port);
    await expect(servePreview(async () => new Map(), port)).rejects.toThrow(`cannot listen on port ${port}`);
  });
});

describe('vestibule mail preview', () => {
  it('lists the mails with the file of each text', async () => {
    const file = 'templates/shop/fr/welcome.liquid';
    const dir = await folder({ [file]: 'Subject: Bienvenue\n\nTexte' });
    const { io, out } = fakeIo();
    expect(
      await main(['mail', 'preview', '--rules', dir, '--list', '--message', 'welcome', '--client', 'shop'], io),
    ).toBe(0);
    const lines = out().trimEnd().split('\n');
    expect(lines).toHaveLength(languages.length);
    expect(lines.find((line) => line.includes(' fr '))).toMatch(
      /^acme\/shop {2}welcome {2}fr {2}templates\/shop\/fr\/welcome\.liquid {2}Bienvenue$/,
    );
  });

  it('writes the pages for a build server, and answers 1 where a template is wrong', async () => {
    const dir = await folder({ 'templates/en/welcome.liquid': 'Subject: x\n\n{{ nmae }}' });
    const out = join(dir, 'out');
    const said = fakeIo({ env: { RULES_DIR: dir, MAIL_FROM: 'vestibule@acme.com' } });
    expect(await mailPreview.run(['--out', out, '--client', 'shop', '--language', 'en'], said.io)).toBe(1);
    expect(said.out()).toMatch(/^\d+ files written: .*out\/index\.html\n$/);
    expect(said.err()).toContain('templates/en/welcome.liquid:3:4 unknown variable "nmae", did you mean "name"?');
    const files = previewFiles(await readGallery(dir, { client: 'shop', language: 'en' }), 'vestibule@acme.com');
    expect(said.out()).toContain(`${files.size} files`);
  });

  it.each([
    [['--list', '--port', '0'], 'One of --list, --out and --port at a time'],
    [['--port', '70000'], '--port must be a whole number up to 65535'],
    [['--mesage', 'x'], 'Did you mean "--message"?'],
  ])('refuses %j', async (argv, complaint) => {
    const { io, err } = fakeIo();
    expect(await mailPreview.run(argv, io)).toBe(2);
    expect(err()).toContain(complaint);
  });
});
