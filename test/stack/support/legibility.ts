import type { Page } from 'playwright-core';

/** As much of the browser's own names as is used in here; its whole library would give them to the service's code too. */
interface Element {
  readonly parentElement: Element | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly textContent: string | null;
}
declare const document: {
  readonly activeElement: Element;
  readonly body: { querySelectorAll(selector: string): Iterable<Element> };
  readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number };
};
declare function getComputedStyle(
  element: Element,
): Readonly<Record<'color' | 'backgroundColor' | 'outlineStyle' | 'outlineWidth' | 'outlineColor', string>>;

/** Every text on the page whose contrast with what is behind it is below WCAG's 4.5:1 for ordinary text. */
export async function hardToRead(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
        const part = channel / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element | null): string => {
      for (let at = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (channels(backgroundColor)[3] !== 0) {
          return backgroundColor;
        }
      }
      return 'rgb(255, 255, 255)';
    };
    const ratio = (element: Element): number => {
      const [light = 0, dark = 0] = [luminance(getComputedStyle(element).color), luminance(behind(element))].toSorted(
        (one, other) => other - one,
      );
      return (light + 0.05) / (dark + 0.05);
    };
    return [...document.body.querySelectorAll('*')]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
      .filter((element) => ratio(element) < 4.5)
      .map((element) => `${ratio(element).toFixed(2)}: ${element.textContent?.trim()}`);
  });
}

/** How many pixels of the page lie beside the screen, and can be seen only by scrolling sideways. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Width of the ring around the focused element; 0 where there is none, or none that stands out. */
export async function focusRing(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { outlineStyle, outlineWidth, outlineColor, backgroundColor } = getComputedStyle(document.activeElement);
    return outlineStyle === 'none' || outlineColor === backgroundColor ? 0 : Number.parseFloat(outlineWidth);
  });
}
