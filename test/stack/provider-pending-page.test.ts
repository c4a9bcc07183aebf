import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { languages } from '../../src/platform/languages.ts';
import { untilMarks } from '../../src/rules/steps/gate.ts';
import { logInByHand, openBrowser, phone } from './support/browser.ts';
import { addGate } from './support/gate.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { createRealm, type TestRealm } from './support/realm.ts';

const held = 'partner-portal';
const gate = 'vestibule-pending';
const waiting = ['vestibule-waiting', ...untilMarks({ createdAt: 0, until: 7 * 86_400_000 })];

let realm: TestRealm;
let browser: Browser;
let context: BrowserContext | undefined;

beforeAll(async () => {
  browser = await openBrowser();
  realm = await createRealm({ prefix: 'pending', clients: [{ clientId: held, name: 'Partner Portal' }] });
  await addGate(realm.admin, realm.realm, [held]);
  // Keycloak asks for the address before it shows our page, unless the order says otherwise.
  const flows = realm.admin.authenticationManagement;
  const action = await flows.getRequiredActionForAlias({ alias: gate });
  await flows.updateRequiredAction({ alias: gate }, { ...action, priority: 1 });
}, 120_000);

afterEach(async () => {
  await context?.close();
  context = undefined;
});

afterAll(async () => {
  await browser?.close();
  await realm?.dispose();
});

async function visit(options: BrowserContextOptions): Promise<Page> {
  await context?.close();
  context = await browser.newContext({ ...phone, ...options });
  return context.newPage();
}

/** For people to look at, where `PICTURES` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env['PICTURES'];
  if (dir !== undefined) {
    await page.screenshot({ path: `${dir}/pending-${name}.png`, fullPage: true });
  }
}

/** Keycloak's own theme writes the name of the realm too faintly. */
const isOurs = (text: string): boolean => !text.endsWith(` ${realm.realm}`);

describe('the page of the gate', () => {
  it.each(languages)(
    'has a title of its own for each state, and can be read on the smallest phone, by day and by night (%s)',
    async (locale) => {
      const username = `reader-${locale}`;
      await realm.register(held, username, undefined, locale);
      const id = (await realm.userNamed(username))?.id ?? '';
      const titles = new Set<string>();
      for (const [state, marks] of [
        ['waiting', waiting],
        ['both', [...waiting, 'VERIFY_EMAIL']],
        ['unverified', ['VERIFY_EMAIL']],
        ['expired', ['vestibule-expired']],
        ['refused', ['vestibule-refused']],
        ['withdrawn', ['vestibule-withdrawn']],
      ] as const) {
        await realm.admin.users.update({ id }, { requiredActions: [gate, ...marks] });
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await visit({ locale, colorScheme });
          expect(await logInByHand(page, realm.realm, held, username)).toBe(false);
          await page.locator('#vestibule-pending').waitFor();
          titles.add(await page.title());
          expect(await page.title()).toContain('Partner Portal');
          expect(await overhang(page)).toBe(0);
          expect((await hardToRead(page)).filter(isOurs)).toEqual([]);
          expect(await page.locator('#vestibule-facts time').count()).toBe(
            { waiting: 2, both: 2, unverified: 1, expired: 0, refused: 0, withdrawn: 0 }[state],
          );
          await picture(page, `${locale}-${state}-${colorScheme}`);
        }
      }
      expect(titles.size).toBe(6);
    },
    180_000,
  );
});
