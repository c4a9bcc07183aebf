/** Shorter keys can be guessed. */
export const leastKeyBytes = 32;

/** The keys in `EVENT_SIGNING_KEY`, newest first: separated by commas or white space, so that a key holds neither. */
export function signingKeysIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((key) => key !== '');
}
