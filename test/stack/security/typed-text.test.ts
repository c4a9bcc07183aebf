import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';

import { ask } from '../../../src/approvals/open.ts';
import type { FakeUser } from '../../fakes/accounts.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { context, mia, registeredAt } from '../../fakes/registrations.ts';
import { formulas, hostileTexts, naughtyStrings } from '../../input/support/corpora.ts';
import { send } from '../../security/support/client.ts';
import { everyMail, openMails, type Sendings } from '../../security/support/mails.ts';
import { openScene, type Scene } from '../../security/support/scene.ts';
import { openBrowser } from '../support/browser.ts';

// The markup in a browser that runs scripts, and without the policy that forbids all of them: escaping alone has to do.

const show = ['company', 'reason'];
const approval = ask({ context, request: requestOf({ show }), approvers: ['desk@acme.com'], now: registeredAt });
let browser: Browser;
let page: Page;
let scene: Scene;
let mails: Sendings;
/** What text did that is no text. */
const done: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
  page.on('dialog', (dialog) => void (done.push(`dialog ${dialog.message()}`), dialog.dismiss()));
  page.on('request', (request) => void done.push(request.url()));
  page.on('popup', (popup) => void (done.push('popup'), popup.close()));
  page.on('framenavigated', (frame) => void (frame.parentFrame() === null ? undefined : done.push('frame')));
  await page.route('**', (route) => route.abort());
  scene = await openScene({ request: { show } });
  mails = await openMails();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await scene?.close();
  await mails?.close();
});

const texts = [...naughtyStrings, ...hostileTexts, ...formulas].map(([, text]) => text.slice(0, 5_000));

/** Seven texts at a time, and four of the next ones are others: each comes into two or three of the fields. */
const person = (nth: number): Partial<FakeUser> => {
  const text = (shift: number) => texts[(nth + shift) % texts.length] ?? '';
  return {
    username: text(0),
    email: text(1),
    firstName: text(2),
    lastName: text(3),
    attributes: { company: [text(4)], reason: [text(5), text(6)] },
  };
};

/** Without the style, which stands in a file of its own. */
const bare = (markup: string) => markup.replaceAll(/<link\b[^>]*>/g, '');

async function markupOf(user: Partial<FakeUser>): Promise<readonly string[]> {
  scene.accounts.add(mia.userId, { enabled: false, ...user });
  const asked = await mails.send(everyMail[0]![1](approval), { approval, user });
  return [bare((await send(scene.url)).body), bare(asked[0]?.html ?? '')];
}

/** Elements by name, as the browser understood the markup. */
const elements = (): Promise<string> =>
  page.evaluate(
    `[...new Set([...document.querySelectorAll('*')].map((one) => one.localName + [...one.attributes].map(({ name }) => ' ' + name).sort().join('')))].sort().join()`,
  );

describe('what a person typed, in a browser', () => {
  it('S16: runs nothing, asks for nothing, and makes no element, on the page and in the mail', async () => {
    const known: string[] = [];
    for (const user of [
      { attributes: { company: ['Acme'], reason: ['work'] } },
      { username: 'pаypal', attributes: { company: ['pаypal'] } },
    ]) {
      for (const markup of await markupOf(user)) {
        await page.setContent(markup);
        known.push(...(await elements()).split(','));
      }
    }
    done.length = 0;
    for (let nth = 0; nth < texts.length; nth += 4) {
      for (const markup of await markupOf(person(nth))) {
        await page.setContent(markup);
        expect((await elements()).split(',').filter((one) => !known.includes(one))).toEqual([]);
      }
      expect(done).toEqual([]);
    }
  }, 240_000);

  it('S17: keeps its direction to itself, also where a mail program takes the style sheet away', async () => {
    const marker = 'שלום';
    const user = {
      username: marker,
      firstName: marker,
      lastName: marker,
      attributes: { company: [marker], reason: [marker] },
    };
    const [ofPage = '', ofMail = ''] = await markupOf(user);
    for (const markup of [ofPage, ofMail.replaceAll(/<style>.*?<\/style>/gs, '')]) {
      await page.setContent(markup);
      const loose: string[] = await page.evaluate(`(() => {
        const found = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
          // What stands between the marks of Unicode that isolate keeps its direction to itself in plain text too.
          const text = walk.currentNode.textContent.replaceAll(/\\u2068[^\\u2069]*\\u2069/g, '');
          if (!text.includes('${marker}')) continue;
          let at = walk.currentNode.parentElement, apart = false;
          for (; at !== null && at !== document.body; at = at.parentElement) {
            const alone = at.textContent.replaceAll('${marker}', '').trim().replaceAll(/[,;]/g, '').trim() === '';
            apart ||= alone && /isolate|plaintext/.test(getComputedStyle(at).unicodeBidi);
          }
          if (!apart) found.push(walk.currentNode.parentElement.outerHTML);
        }
        return found;
      })()`);
      expect(loose).toEqual([]);
    }
  }, 60_000);
});
