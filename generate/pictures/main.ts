import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openBrowser } from '../../test/stack/support/browser.ts';
import { mails } from './mails.ts';
import { servePages } from './pages.ts';
import { pictureFor, sheetOf } from './sheet.ts';

/** `npm run pictures`: takes the pictures of mails and pages that `docs/pictures.md` shows. Names may be given: `mail-ask`. */
const root = join(import.meta.dirname, '../..');
const folder = join(root, 'docs/images/sheets');
/** Those that `docs/approvals.md` shows. */
const inTheGuide: Readonly<Record<string, string>> = {
  'mail-ask': 'approval-mail.png',
  'page-decide': 'approval-page.png',
};
const wanted = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const { app, sights } = await servePages();
const browser = await openBrowser();
try {
  for (const sight of [...(await mails(join(root, 'rules'))), ...sights]) {
    if (wanted.length === 0 || wanted.includes(sight.name)) {
      await writeFile(join(folder, `${sight.name}.webp`), await sheetOf(browser, sight));
      const alone = inTheGuide[sight.name];
      if (alone !== undefined) {
        await writeFile(join(root, 'docs/images', alone), await pictureFor(browser, sight, 'en', 'light'));
      }
      console.log(sight.name);
    }
  }
} finally {
  await browser.close();
  await app.close();
}
