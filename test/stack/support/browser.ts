import { type Browser, chromium, type Page } from 'playwright-core';

import { findBrowser } from '../../../stack/browser.ts';
import { redirectUri } from '../../../stack/realm.ts';
import { stackEnv } from './realm.ts';

/** As small as phones get that people still use. */
export const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true } as const;

/** A Chromium that asks nobody outside for anything. */
export async function openBrowser(executablePath?: string): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? (await findBrowser()),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

const password = 'correct horse';

/** Fills in Keycloak's own registration form. */
export async function registerByHand(
  page: Page,
  realm: string,
  clientId: string,
  username: string,
  email: string,
): Promise<void> {
  await page.goto(formAddress(realm, clientId, { prompt: 'create' }));
  await page.locator('#username').fill(username);
  await page.locator('#email').fill(email);
  await page.locator('#firstName').fill('Mia');
  await page.locator('#lastName').fill('Meyer');
  await page.locator('#password').fill(password);
  await page.locator('#password-confirm').fill(password);
  await sendForm(page);
}

/** Fills in Keycloak's own login form. @returns whether Keycloak sends the person on to the application, with a code */
export async function logInByHand(page: Page, realm: string, clientId: string, username: string): Promise<boolean> {
  await page.goto(formAddress(realm, clientId));
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  const sentTo = await sendForm(page);
  return sentTo.startsWith(redirectUri) && new URL(sentTo).searchParams.has('code');
}

/** @returns where the answer leads; Chromium goes nowhere near the application's port, so there is no more to see */
async function sendForm(page: Page): Promise<string> {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.locator('form [type=submit]').click(),
  ]);
  return answer.headers()['location'] ?? '';
}

function formAddress(realm: string, clientId: string, query: Readonly<Record<string, string>> = {}): string {
  const address = new URL(`${stackEnv.KEYCLOAK_URL}/realms/${realm}/protocol/openid-connect/auth`);
  address.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    ...query,
  }).toString();
  return address.href;
}
