import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';

import { publishedBrowser } from '../../stack/browser.ts';
import { publishedRedis } from '../../stack/distributions/redis.ts';
import { freePort } from '../../stack/ports.ts';
import { redisServer } from '../../stack/servers/redis.ts';
import { openBrowser } from './support/browser.ts';
import { until } from './support/until.ts';

/** The first run downloads. */
const downloadMs = 300_000;

// What a machine without Redis or a browser gets is tried on every machine, also on those that have their own.
describe('publishedRedis', () => {
  let dir: string;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vestibule-published-'));
  });
  afterEach(async () => {
    if (child?.kill('SIGTERM') === true) {
      await once(child, 'exit');
    }
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it(
    'is a Redis that takes the settings of the stack, and writes',
    async () => {
      const server = await redisServer(await publishedRedis(), await freePort(), dir);
      child = spawn(server.command, server.args, { stdio: 'ignore' });
      await until(
        'a write',
        () =>
          server.check().then(
            () => 'done',
            (error: unknown) => String(error),
          ),
        (outcome) => outcome === 'done',
      );
    },
    downloadMs,
  );
});

// None is published for other machines.
const isPublished = process.platform === 'linux' && process.arch === 'x64';

(isPublished ? describe : describe.skip)('publishedBrowser', () => {
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser(await publishedBrowser());
    page = await browser.newPage();
  }, downloadMs);
  afterAll(() => browser?.close());

  const shown = async (style: string, text: string) => {
    await page.setContent(`<span style="font: ${style}">${text}</span>`);
    const { width, height } = (await page.locator('span').boundingBox()) ?? { width: 0, height: 0 };
    return { width, height, picture: (await page.locator('span').screenshot()).toString('base64') };
  };

  it.each(['16px system-ui', '16px sans-serif', '16px Georgia, serif', '16px monospace'])(
    'has a font for %s',
    async (style) => {
      const { width, height } = await shown(style, 'Approve');
      expect(width).toBeGreaterThan(40);
      expect(height).toBeGreaterThan(10);
    },
  );

  it.each(['ab', 'äß', 'éè', 'дя', 'אב', '✓→', '—“'])(
    'has a shape of its own for each letter of "%s"',
    async (pair) => {
      const [one = '', other = ''] = pair;
      expect((await shown('32px sans-serif', one)).picture).not.toBe((await shown('32px sans-serif', other)).picture);
    },
  );

  it('tells bold from regular, and mono from sans', async () => {
    const widths = async (style: string) => [(await shown(style, 'iii')).width, (await shown(style, 'WWW')).width];
    const [narrow, wide] = await widths('16px monospace');
    expect(narrow).toBe(wide);
    const [regular = 0, bold = 0] = [await widths('16px sans-serif'), await widths('bold 16px sans-serif')].map(
      ([, width]) => width,
    );
    expect(bold).toBeGreaterThan(regular);
  });
});
