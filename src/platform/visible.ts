/** Control characters, 8-bit control sequences, separators of lines, and what turns the direction of text. */
const obeyed = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text as one line in which a reader sees what a terminal, a log viewer or a CI system would obey. Each such character
 * is written as JSON writes it, such as `\u001b`.
 */
export function visible(text: string): string {
  return text.replaceAll(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a text that has lines of its own. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}
