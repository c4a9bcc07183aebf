import { isIP } from 'node:net';

/**
 * What a person typed, as one short line that cannot do harm where it is shown: no control characters, no line breaks, and
 * nothing invisible, which could hide a difference or turn the direction of the text around it. No gap is wide enough to
 * look like the end of a line, and no letter has so many marks that they cover the lines around it.
 */
export function oneLine(text: string, longest = 200): string {
  const clean = text
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll(/[\s\u0000-\u001f\u007f-\u009f\u2800]+/gu, ' ')
    .replaceAll(/(\p{M}{4})\p{M}+/gu, '$1')
    .trim();
  const characters = [...clean];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : clean;
}

const mailAddress = /^(?!www\.)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$/i;

/** An ordinary mail address: in ASCII, and without anything that readers could take for something else. */
export function isPlainAddress(text: string): boolean {
  return mailAddress.test(text);
}

/**
 * For mail, where programs make links of whatever looks like one, in plain text and in HTML alike. An ordinary mail address
 * stays as it is: it must be readable, and the worst that comes of it is a new mail.
 */
export function defanged(text: string, longest?: number): string {
  return oneLine(text, longest)
    .split(/(\s+)/u)
    .map((word) => (isPlainAddress(word) ? word : withoutLinks(word)))
    .join('');
}

/** For chats, where a mail address would be a link too: nothing that looks like one, addresses neither. */
export function unlinked(text: string, longest?: number): string {
  return oneLine(text, longest).split(/(\s+)/u).map(withoutLinks).join('');
}

/** All that a name server, a browser or a mail program takes for the dot of a name: IDNA's four, and what NFKC folds to one; not one that is taken apart already. */
const dot = /(?<!\[(?=.\]))[.\u3002\uff0e\uff61\u2024\ufe52\u2025\u2026](?=\S)/gu;

/** Of schemes that need no `//`, those that mail programs know. */
const scheme =
  /((?:https?|ftp|mailto|tel|sms|callto|facetime|skype|sip|xmpp|news|file|data|javascript|vbscript|magnet|geo|maps|whatsapp))[:\uff1a\ufe55]/giu;

function withoutLinks(word: string): string {
  return word
    .replaceAll(dot, '[.]')
    .replaceAll(scheme, '$1[:]')
    .replaceAll(/[:\uff1a\ufe55](?=[/\uff0f])/gu, '[:]');
}

/** An IP address in its usual form, without the zone that is of use only on the machine which wrote it; else `null`. */
export function ipAddress(text: string): string | null {
  const [address = ''] = text.split('%');
  return isIP(address) === 0 ? null : address;
}

/** Alphabets with letters that look like those of another; others are told apart at a glance. */
const alphabets = {
  Latn: /\p{Script=Latin}/u,
  Cyrl: /\p{Script=Cyrillic}/u,
  Grek: /\p{Script=Greek}/u,
  Armn: /\p{Script=Armenian}/u,
  Geor: /\p{Script=Georgian}/u,
  Cher: /\p{Script=Cherokee}/u,
  Copt: /\p{Script=Coptic}/u,
  Hebr: /\p{Script=Hebrew}/u,
  Arab: /\p{Script=Arabic}/u,
} as const;

/**
 * The alphabets that one word mixes, by their ISO 15924 codes; none where it keeps to one (UTS 39, "single script"). What
 * is written of several words may use one for each.
 */
export function mixedScripts(text: string): readonly string[] {
  for (const word of oneLine(text).split(/\s+/u)) {
    const used = Object.entries(alphabets).flatMap(([code, letters]) => (letters.test(word) ? [code] : []));
    if (used.length > 1) {
      return used;
    }
  }
  return [];
}
