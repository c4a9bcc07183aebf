import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { Registry } from 'prom-client';

import { buildOpsApp } from '../../src/http/ops.ts';
import { openBrowser, phone } from './support/browser.ts';
import { nothingToReview } from '../fakes/review.ts';
import { hardToRead, overhang } from './support/legibility.ts';

const states = { waiting: 0, active: 0, delayed: 2, completed: 123_456, failed: 0 };
let registrations = states;
let app: FastifyInstance;
let url: string;
let browser: Browser;

beforeAll(async () => {
  app = buildOpsApp({
    review: nothingToReview,
    checks: async () => ({}),
    registry: new Registry(),
    queues: async () => ({ registrations, outcomes: states, mail: states, webhooks: states, deadlines: states }),
    loopback: true,
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function opened(colorScheme: 'light' | 'dark', look: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ ...phone, colorScheme });
  const page = await context.newPage();
  await page.goto(`${url}/queues`);
  await look(page);
  await context.close();
}

describe('src/http/ops', () => {
  it.each(['light', 'dark'] as const)('shows the queues on the smallest phone (%s)', (colorScheme) =>
    opened(colorScheme, async (page) => {
      expect(await overhang(page)).toBe(0);
      expect(await hardToRead(page)).toEqual([]);
      const table = await page.getByRole('main').getByRole('table').boundingBox();
      expect((table?.x ?? -1) + (table?.width ?? 999)).toBeLessThanOrEqual(phone.viewport.width);
    }),
  );

  it('brings the numbers up to date where they stand: nobody loses their place', () =>
    opened('light', async (page) => {
      const scroll = () => page.evaluate('scrollY');
      const cell = page
        .getByRole('row', { name: /registrations/ })
        .getByRole('cell')
        .first();
      await page.evaluate('scrollTo(0, 200)');
      const [before, box] = [await scroll(), await cell.boundingBox()];
      registrations = { ...states, waiting: 98_765 };
      await page.getByText('98765').waitFor();
      expect(await scroll()).toBe(before);
      expect(await cell.boundingBox()).toEqual(box);
    }));

  it('says so when there is no answer any more', () =>
    opened('light', async (page) => {
      await page.route('**/queues', (route) => route.abort());
      await page.getByRole('status').filter({ hasText: 'No answer' }).waitFor();
    }));
});
