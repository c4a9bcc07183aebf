/** A line of a list file. */
export interface ListLine {
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** Gives a list file's lines by its path in the rules folder, or says why it cannot. */
export type ReadList = (path: string) => { readonly lines: readonly ListLine[] } | { readonly problem: string };

/** One entry on each line; `#` starts a comment. */
export function parseList(content: string): ListLine[] {
  return content
    .split('\n')
    .map((row, index) => ({ line: index + 1, text: row.replace(/#.*/, '').trim() }))
    .filter(({ text }) => text !== '');
}
