import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { Registry } from 'prom-client';

import { buildOpsApp } from '../../src/http/ops.ts';
import { openBrowser, phone } from './support/browser.ts';
import { hardToRead, overhang } from './support/legibility.ts';

let app: FastifyInstance;
let url: string;
let browser: Browser;

beforeAll(async () => {
  const states = { waiting: 0, active: 0, delayed: 2, completed: 123_456, failed: 0 };
  app = buildOpsApp({
    checks: async () => ({}),
    registry: new Registry(),
    queues: async () => ({ registrations: states, decisions: states }),
    loopback: true,
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

describe('src/http/ops', () => {
  it.each(['light', 'dark'] as const)('shows the queues on the smallest phone (%s)', async (colorScheme) => {
    const context = await browser.newContext({ ...phone, colorScheme });
    const page = await context.newPage();
    await page.goto(`${url}/queues`);
    expect(await overhang(page)).toBe(0);
    expect(await hardToRead(page)).toEqual([]);
    await context.close();
  });
});
