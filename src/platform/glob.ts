/**
 * Whether a text matches a pattern of `*` (any characters, also none) and `?` (exactly one), as a whole.
 *
 * What is matched was typed by strangers: time grows with the product of both lengths at worst, where a regular
 * expression with several `*` could take for ever.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (next < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = next;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1; // the last star takes one character more: an earlier one never has to
      next = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') {
    at++;
  }
  return at === pattern.length;
}

/** The same, whatever the letter case. */
export function matchesGlobIgnoringCase(pattern: string, text: string): boolean {
  return matchesGlob(pattern.toLowerCase(), text.toLowerCase());
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether some text matches both patterns. */
export function globsOverlap(left: string, right: string): boolean {
  // reach[j]: left[0..i) and right[0..j) can match the same text. A star is empty, or takes in what the other one has.
  let reach = [true, ...Array.from(right, (_, index) => /^\*+$/.test(right.slice(0, index + 1)))];
  for (const one of left) {
    const row = [one === '*' && reach[0] === true];
    for (const [index, other] of Array.from(right).entries()) {
      row.push(
        one === '*' || other === '*'
          ? row[index] === true || reach[index + 1] === true
          : reach[index] === true && (one === other || one === '?' || other === '?'),
      );
    }
    reach = row;
  }
  return reach.at(-1) === true;
}

/** What other globs have and these do not: classes, alternatives, negation, escapes. */
const foreign = /[[{\\]|^!|[?*+@!]\(|\(.*\|.*\)/;

/**
 * What somebody would wait for in vain who knows other globs; `null` when nothing would. Such a pattern is refused: taken
 * literally it never matches, and a rule that never holds is not noticed.
 */
export function foreignGlob(pattern: string): string | null {
  return foreign.exec(pattern)?.[0] ?? null;
}
