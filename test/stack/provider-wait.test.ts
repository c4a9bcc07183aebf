import { setTimeout as passes } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { redirectUri } from '../../stack/realm.ts';
import { openBrowser, phone, registerByHand } from './support/browser.ts';
import { providerInfo } from './support/door.ts';
import { addGate } from './support/gate.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { type OwnKeycloak, startOwnKeycloak } from './support/own-keycloak.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { until } from './support/until.ts';

const held = 'partner-portal';

/** The user, as soon as the form's transaction is committed. */
const registered = (realm: TestRealm, username: string): Promise<string> =>
  until(
    `${username} exists`,
    async () => (await realm.userNamed(username))?.id ?? '',
    (id) => id !== '',
  );
const setActions = (realm: TestRealm, id: string, requiredActions: readonly string[]) =>
  realm.admin.users.update({ id }, { requiredActions: [...requiredActions] });

describe('the gate, with much patience and few places to wait', () => {
  let keycloak: OwnKeycloak;
  let realm: TestRealm;
  let other: TestRealm;

  beforeAll(async () => {
    const option = '--spi-required-action--vestibule-pending--';
    keycloak = await startOwnKeycloak(stackEnv.KAFKA_BROKERS, [
      `${option}wait-ms=30000`,
      `${option}waiting-at-once=2`,
      `${option}waiting-at-once-per-realm=1`,
    ]);
    const prepare = async (prefix: string) => {
      const made = await createRealm({ prefix, clients: [{ clientId: held }] }, keycloak.env);
      await addGate(made.admin, made.realm, [held]);
      return made;
    };
    realm = await prepare('full');
    other = await prepare('other');
  }, 300_000);

  afterAll(async () => {
    await realm?.dispose();
    await other?.dispose();
    await keycloak?.dispose();
  }, 60_000);

  it.each([60, 400])(
    'lets a person go on without a page who is let in %d ms after the registration',
    async (ms) => {
      const username = `after-${ms}`;
      const arrival = realm.register(held, username);
      const id = await registered(realm, username);
      await passes(ms);
      await setActions(realm, id, []);

      expect((await arrival).outcome).toBe('code');
      expect(await realm.userNamed(username)).toMatchObject({ email: `${username}@example.test`, firstName: 'Mia' });
    },
    60_000,
  );

  it.each([
    ['vestibuleWaiting', (id: string) => setActions(realm, id, ['vestibule-pending', 'vestibule-waiting'])],
    ['vestibuleLocked', (id: string) => realm.admin.users.update({ id }, { enabled: false })],
    ['vestibuleRefused', (id: string) => realm.admin.users.del({ id })],
  ])(
    'shows the page as soon as it can say %s',
    async (state, change) => {
      const username = `soon-${state.toLowerCase()}`;
      const arrival = realm.register(held, username);
      await change(await registered(realm, username));

      const { outcome, page } = await arrival;
      expect(outcome).toBe('page');
      expect(page).toContain(`data-state="${state}"`);
    },
    60_000,
  );

  it('gives the page at once to who finds no place, and leaves places to other realms', async () => {
    const first = realm.register(held, 'first');
    const firstId = await registered(realm, 'first');
    const waiting = () => serverInfo(keycloak);
    await until('the first waits', waiting, ({ waiting: there }) => there === '1');

    const second = await realm.register(held, 'second');
    const elsewhere = other.register(held, 'elsewhere');
    const elsewhereId = await registered(other, 'elsewhere');
    await until('both wait', waiting, ({ waiting: there }) => there === '2');

    expect(second.outcome).toBe('page');
    expect(await serverInfo(keycloak)).toEqual({ waiting: '2', turnedAway: '1' });
    await setActions(realm, firstId, []);
    await setActions(other, elsewhereId, []);
    expect((await first).outcome).toBe('code');
    expect((await elsewhere).outcome).toBe('code');
    expect(await serverInfo(keycloak)).toEqual({ waiting: '0', turnedAway: '1' });
  }, 120_000);

  /** What the admin console shows of the gate. */
  async function serverInfo({ env }: OwnKeycloak) {
    const info = await providerInfo(env, 'required-action', 'vestibule-pending');
    return { waiting: info['requests waiting'], turnedAway: info['requests that found no place to wait'] };
  }
});

describe("the gate's page", () => {
  let realm: TestRealm;
  let browser: Browser;
  let context: BrowserContext | undefined;

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'gate-page', clients: [{ clientId: held, name: 'Partner Portal' }] });
    await addGate(realm.admin, realm.realm, [held]);
    browser = await openBrowser();
  }, 120_000);

  afterEach(() => context?.close());

  afterAll(async () => {
    await browser?.close();
    await realm?.dispose();
  });

  async function visit(options: BrowserContextOptions): Promise<Page> {
    context = await browser.newContext({ ...phone, ...options });
    return context.newPage();
  }

  const register = (page: Page, username: string) =>
    registerByHand(page, realm.realm, held, username, `${username}@example.test`);
  /** The realm's name stands on Keycloak's own picture, whose brightness the page's styles do not say. */
  const isOurs = (text: string): boolean => !text.endsWith(` ${realm.realm}`);
  const state = (page: Page) => page.locator('#vestibule-pending').getAttribute('data-state');

  it('shows the page when nobody decides within its time', async () => {
    const { outcome, page, answeredAt } = await realm.register(held, 'patient');

    expect(outcome).toBe('page');
    expect(page).toContain('data-state="vestibuleArrived"');
    expect(Date.now() - answeredAt).toBeGreaterThanOrEqual(1_500);
  }, 60_000);

  it('looks again by itself, without JavaScript, and brings the person in who was let in meanwhile', async () => {
    const page = await visit({ javaScriptEnabled: false, locale: 'en' });
    const looks: string[] = [];
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.url().includes('/login-actions/required-action')) {
        looks.push(request.method());
      }
    });
    await register(page, 'ada');
    expect(await state(page)).toBe('vestibuleArrived');
    await until(
      'two looks',
      () => looks.length,
      (count) => count >= 3,
    );
    const arrives = page.waitForResponse((answer) => answer.headers()['location']?.startsWith(redirectUri) === true);
    await setActions(realm, await registered(realm, 'ada'), []);

    expect((await arrives).headers()['location']).toContain('code=');
    expect(new Set(looks)).toEqual(new Set(['GET']));
  }, 60_000);

  it('says what changed meanwhile, and looks no more when that is final', async () => {
    const page = await visit({ javaScriptEnabled: false, locale: 'en' });
    await register(page, 'bea');
    const id = await registered(realm, 'bea');
    await setActions(realm, id, ['vestibule-pending', 'vestibule-waiting']);
    await until(
      'the mark',
      () => state(page),
      (shown) => shown === 'vestibuleWaiting',
    );

    const final = page.waitForResponse(
      (answer) => answer.request().isNavigationRequest() && answer.headers()['refresh'] === undefined,
    );
    await setActions(realm, id, ['vestibule-pending', 'vestibule-refused']);

    expect((await final).status()).toBe(200);
    await until(
      'the refusal',
      () => state(page),
      (shown) => shown === 'vestibuleRefused',
    );
    expect(await page.locator('#vestibule-look-again').count()).toBe(0);
  }, 60_000);

  it('still has its button, and changes nothing by looking', async () => {
    const page = await visit({ locale: 'en' });
    await register(page, 'cleo');
    const [again] = await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === 'POST'),
      page.locator('#vestibule-look-again').click(),
    ]);

    expect(again.headers()['refresh']).toMatch(/^\d+;url=/);
    expect((await realm.userNamed('cleo'))?.requiredActions).toEqual(['vestibule-pending']);
    expect(await realm.sessionsOf((await realm.userNamed('cleo'))?.id ?? '')).toBe(0);
  }, 60_000);

  it('can be read on the smallest phone, by day and by night, in every language', async () => {
    for (const [locale, colorScheme] of [
      ['en', 'light'],
      ['de', 'dark'],
      ['fr', 'light'],
      ['en', 'dark'],
    ] as const) {
      const page = await visit({ locale, colorScheme });
      await register(page, `reader-${locale}-${colorScheme}`);
      expect(await overhang(page)).toBe(0);
      expect((await hardToRead(page)).filter(isOurs)).toEqual([]);
      await picture(page, `pending-${locale}-${colorScheme}`);
      await context?.close();
    }
  }, 120_000);
});

/** For people to look at, where `PICTURES` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env['PICTURES'];
  if (dir !== undefined) {
    await page.screenshot({ path: `${dir}/${name}.png`, fullPage: true });
  }
}
