import { CST, Lexer } from 'yaml';

/** A rule file is written by hand: what is larger is a mistake or an attack. */
export const limits = { bytes: 256 * 1024, depth: 40, entries: 8_000 };

/** What lexes into more than this for each entry holds none. */
const tokensOfEntry = 10;

const opening = new Set(['flow-seq-start', 'flow-map-start']);
const closing = new Set(['flow-seq-end', 'flow-map-end']);
const indicators = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);

/** Tokens of the lexer that stand for nothing in the text. */
const markers = new Set(['\u0002', '\u0018', '\u001f']);

/**
 * Finds what is too large in a text before it is parsed. The parser takes a minute for 50,000 keys, because its time
 * grows with their square, and 100,000 levels may crash it. The lexer beneath it takes linear time and no stack.
 * @returns the fault, or `null`.
 */
export function exceeds(text: string): string | null {
  if (Buffer.byteLength(text) > limits.bytes) {
    return `the file is larger than ${limits.bytes / 1024} KiB`;
  }
  let entries = 0;
  let tokens = 0;
  let flowDepth = 0;
  let column = 0;
  let startsBlock = true;
  /** Columns at which the blocks around this place began. */
  const blocks: number[] = [];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    tokens++;
    if (type === 'newline') {
      column = 0;
      startsBlock = true;
      continue;
    }
    // The first thing on a line begins a block, and so does what follows a "-" or "?".
    if (startsBlock && type !== 'space' && type !== 'comment' && type !== 'doc-mode') {
      while ((blocks.at(-1) ?? -1) >= column) {
        blocks.pop();
      }
      blocks.push(column);
      startsBlock = type === 'seq-item-ind' || type === 'explicit-key-ind';
    }
    flowDepth += opening.has(type ?? '') ? 1 : closing.has(type ?? '') ? -1 : 0;
    entries += indicators.has(type ?? '') || type === 'comma' ? 1 : 0;
    column += markers.has(token) ? 0 : token.length;
    if (blocks.length + flowDepth > limits.depth) {
      return `the file nests deeper than ${limits.depth} levels`;
    }
    if (entries > limits.entries || tokens > limits.entries * tokensOfEntry) {
      return `the file has more than ${limits.entries} entries`;
    }
  }
  return null;
}
