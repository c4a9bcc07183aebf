/** The candidate that a slip of the pen would turn into `word`, as `did you mean "join-group"?`; else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates, ({ length }) => Math.max(1, Math.floor(length / 3)));
  return near === undefined ? '' : `did you mean "${near}"?`;
}

/** The candidate with the fewest edits between, if no more than it allows. */
export function nearest(
  word: string,
  candidates: readonly string[],
  allowed: (candidate: string) => number,
): string | undefined {
  return candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= allowed(candidate))
    .toSorted((left, right) => left.edits - right.edits)[0]?.candidate;
}

/** Edits (insert, delete, replace, swap neighbours) between two short words. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 8 || left.length > 64) {
    return Infinity;
  }
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (rows[row - 1]?.[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (rows[row - 1]?.[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (rows[row - 2]?.[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    rows.push(current);
  }
  return rows[left.length]?.[right.length] ?? Infinity;
}
