import { readGallery } from '../../src/operate/mail-preview/gallery.ts';
import type { Sight } from './sheet.ts';

/** Each mail of the shipped partner portal, as the service would send it about somebody ordinary. */
export async function mails(rules: string): Promise<readonly Sight[]> {
  const { pictures } = await readGallery(rules, { client: 'partner-portal' });
  const good = pictures.filter(({ sample }) => sample === 'good');
  return [...new Set(good.map(({ message }) => message))].map((message) => ({
    name: `mail-${message}`,
    by: Object.fromEntries(
      good.filter((one) => one.message === message).map(({ language, mail }) => [language, { html: mail.html }]),
    ),
  }));
}
