import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';

import { projectDir } from '../../stack/paths.ts';
import { openBrowser, phone } from './support/browser.ts';

declare const document: { readonly body: object };
declare function getComputedStyle(element: object): { readonly backgroundColor: string };

const template = 'templates/portal/en/ask.liquid';
let dir: string;
let preview: ChildProcess;
let url: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  dir = await mkdtemp(join(tmpdir(), 'vestibule-preview-'));
  await mkdir(join(dir, 'templates/portal/en'), { recursive: true });
  await writeFile(
    join(dir, 'portal.yaml'),
    'version: 1\nrealm: acme\nclients: [portal]\nrules:\n  - name: desk\n    then: [{ request-approval: { approvers: desk@acme.com } }]\n',
  );
  await writeFile(join(dir, template), 'Subject: Please look at {{ who }}\n\nText\n\n{{ button }}\n');
  const main = join(projectDir, 'bin/vestibule.js');
  preview = spawn(process.execPath, [main, 'mail', 'preview', '--rules', dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: preview.stdout ?? process.stdin });
  [url] = (await once(lines, 'line')) as [string];
  page = await browser.newPage({ ...phone, colorScheme: 'light' });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  if (preview?.exitCode === null) {
    preview.kill('SIGTERM');
    await once(preview, 'exit');
  }
  await rm(dir, { recursive: true, force: true });
});

async function open(sample: 'good' | 'nasty'): Promise<Page> {
  await page.goto(url);
  await page.getByRole('row', { name: /^ask / }).getByRole('link', { name: sample }).first().click();
  await page.waitForLoadState('networkidle');
  return page;
}

describe('vestibule mail preview in a browser', () => {
  it('leads from the list to a mail, in four frames: phone and desktop, light and dark', async () => {
    await open('good');
    await expect(
      page
        .getByText(/^Please look at mia/)
        .first()
        .isVisible(),
    ).resolves.toBe(true);
    await expect(page.getByText(template).isVisible()).resolves.toBe(true);
    const frames = page.frames().slice(1);
    expect(frames.map((frame) => frame.url().replace(/.*good\./, ''))).toEqual([
      'light.html',
      'dark.html',
      'light.html',
      'dark.html',
    ]);
    const grounds = await Promise.all(
      frames.map((frame) => frame.evaluate(() => getComputedStyle(document.body).backgroundColor)),
    );
    expect(new Set([grounds[0], grounds[2]]).size).toBe(1);
    expect(grounds[1]).toBe(grounds[3]);
    expect(grounds[1]).not.toBe(grounds[0]);
  });

  it('runs nothing and loads nothing of what an attacker typed, and its button leads nowhere', async () => {
    const asked: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => faults.push('a dialog')));
    await open('nasty');
    const frame = page.frames()[1];
    await frame?.getByRole('link').first().click();
    await page.waitForLoadState('networkidle');
    expect(page.url()).toContain('/portal/ask.en.nasty.html');
    expect(asked.every((address) => address.startsWith(url) || address.startsWith('data:'))).toBe(true);
    expect(faults).toEqual([]);
    expect(page.context().pages()).toHaveLength(1);
  });

  it('shows an edit after a reload, and what is wrong with it', async () => {
    await open('good');
    await writeFile(join(dir, template), 'Subject: Another subject\n\nText\n\n{{ button }}\n');
    await page.reload();
    await expect(page.getByText('Another subject').first().isVisible()).resolves.toBe(true);
    await writeFile(join(dir, template), 'Subject: Without a button\n\nText\n');
    await page.reload();
    expect(await page.getByRole('alert').innerText()).toContain(
      `${template}:1:1 makes no mail: it has no {{ button }}`,
    );
    expect(await page.getByText('built-in', { exact: true }).isVisible()).toBe(true);
  });
});
