import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport, type Transporter } from 'nodemailer';
import type { Browser, Page } from 'playwright-core';

import { projectDir } from '../../stack/paths.ts';
import { freePort } from '../../stack/ports.ts';
import { openBrowser, phone } from './support/browser.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { until } from './support/until.ts';

let inbox: ChildProcess;
let url: string;
let transport: Transporter;
let browser: Browser;
let page: Page;

/** An inbox of this file's own: the shared one is full of other people's mail. */
beforeAll(async () => {
  const smtpPort = await freePort();
  const inboxPort = await freePort([smtpPort]);
  url = `http://127.0.0.1:${inboxPort}`;
  const main = join(projectDir, 'stack/inbox/main.ts');
  inbox = spawn(process.execPath, ['--import', 'tsx', main, String(smtpPort), String(inboxPort)], { cwd: projectDir });
  transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  const ready = () =>
    fetch(`${url}/api/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('the inbox', ready, Boolean);
  browser = await openBrowser();
  page = await (await browser.newContext({ ...phone, colorScheme: 'dark' })).newPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  inbox.kill();
  await once(inbox, 'exit');
});

const send = (subject: string) =>
  transport.sendMail({
    from: 'Vestibule <vestibule@acme.test>',
    to: `${'somebody-with-a-long-name'.repeat(2)}@example.test`,
    subject,
    text: 'Hello',
    html: '<p>Hello</p>',
  });

const scroll = () => page.evaluate('scrollY');

async function fits(): Promise<void> {
  expect(await overhang(page)).toBe(0);
  expect(await hardToRead(page)).toEqual([]);
}

describe('stack/inbox', () => {
  it('fits a phone, empty and full, and shows a mail when it comes', async () => {
    await page.goto(url);
    await page.getByRole('main').getByText('No mail yet').waitFor();
    await fits();
    for (let number = 1; number <= 12; number += 1) {
      await send(`Mail ${number}`);
    }
    await page.getByText('Mail 12', { exact: true }).waitFor();
    expect(await page.getByText('No mail yet').isVisible()).toBe(false);
    await fits();
  });

  it('leaves the reader where they are when more mail comes', async () => {
    const mail = page.getByRole('link', { name: 'Mail 3' });
    await mail.focus();
    await mail.scrollIntoViewIfNeeded();
    const before = await mail.boundingBox();
    await send('Mail 13');
    await page.getByText('Mail 13', { exact: true }).waitFor();
    const after = await mail.boundingBox();
    expect(Math.abs((after?.y ?? 999) - (before?.y ?? 0))).toBeLessThan(1);
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Mail 3');
  });

  it('leads from a mail back to its place in the list, where it is marked', async () => {
    await page.getByRole('link', { name: 'Mail 3' }).click();
    await page.getByRole('main').getByRole('heading', { name: 'Mail 3' }).waitFor();
    await fits();
    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.locator('li:target', { hasText: 'Mail 3' }).waitFor();
    expect(await scroll()).toBeGreaterThan(0);
    await fits();
  });
});
