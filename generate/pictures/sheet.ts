import type { Browser, Page } from 'playwright-core';

/** What is taken a picture of: a page by its address, or a mail by its HTML. */
export interface Sight {
  /** The file of the picture, and the caption: `mail-ask`. */
  readonly name: string;
  /** By language; each is one row of the sheet. */
  readonly by: Readonly<Record<string, { readonly url: string } | { readonly html: string }>>;
  /** What somebody presses first. */
  readonly before?: (page: Page) => Promise<void>;
}

const schemes = ['light', 'dark'] as const;
const width = 360;

/** A sight as one reader has it, on a phone. @returns a PNG */
export async function pictureFor(
  browser: Browser,
  { by, before }: Sight,
  locale: string,
  colorScheme: 'light' | 'dark',
): Promise<Buffer> {
  const where = by[locale];
  if (where === undefined) {
    throw new Error(`there is nothing to see in the language ${locale}`);
  }
  const context = await browser.newContext({ viewport: { width, height: 640 }, colorScheme, locale });
  const page = await context.newPage();
  await ('url' in where ? page.goto(where.url) : page.setContent(where.html));
  await before?.(page);
  const picture = await pictureOf(page);
  await context.close();
  return picture;
}

/**
 * One picture for each sight: by day and by night, in each language, side by side.
 * @returns a WebP, half the size of a PNG
 */
export async function sheetOf(browser: Browser, sight: Sight): Promise<Buffer> {
  const shots: { readonly caption: string; readonly image: Buffer }[] = [];
  for (const locale of Object.keys(sight.by)) {
    for (const colorScheme of schemes) {
      shots.push({
        caption: `${locale}, ${colorScheme}`,
        image: await pictureFor(browser, sight, locale, colorScheme),
      });
    }
  }
  const page = await browser.newPage({ viewport: { width: shots.length * (width + 16) + 16, height: 400 } });
  const figures = shots.map(
    ({ caption, image }) =>
      `<figure><figcaption>${caption}</figcaption><img src="data:image/png;base64,${image.toString('base64')}"></figure>`,
  );
  await page.setContent(`<style>
    body { margin: 0; padding: 16px; display: flex; gap: 16px; align-items: start; background: #8a94a3; font: 13px sans-serif }
    figure { margin: 0 } figcaption { color: #fff; margin-bottom: 6px } img { display: block; width: ${width}px }
  </style>${figures.join('')}`);
  const sheet = await smaller(page, await pictureOf(page));
  await page.close();
  return sheet;
}

/** The browser itself knows the format. */
async function smaller(page: Page, png: Buffer): Promise<Buffer> {
  const encoded: unknown = await page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.55).split(',')[1];
  })()`);
  return Buffer.from(String(encoded), 'base64');
}

/** A browser on a busy machine sometimes takes no picture; the next attempt does. */
async function pictureOf(page: Page, attempts = 3): Promise<Buffer> {
  try {
    return await page.screenshot({ fullPage: true });
  } catch (error) {
    if (attempts === 1) {
      throw error;
    }
    return pictureOf(page, attempts - 1);
  }
}
