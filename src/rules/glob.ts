import picomatch from 'picomatch';

/** Only `*` and `?`: no braces, classes or groups, whose nesting could make matching slow. `*` also matches `/`. */
const options = { bash: true, dot: true, nobrace: true, nobracket: true, noextglob: true, noglobstar: true, nonegate: true } as const;

const compiled = new Map<string, (text: string) => boolean>();

/** Whether a text matches a pattern of `*` (any characters) and `?` (one character). */
export function matchesGlob(pattern: string, text: string, ignoreCase = false): boolean {
  const key = `${ignoreCase ? 'i' : 'c'}${pattern}`;
  let match = compiled.get(key);
  if (match === undefined) {
    match = picomatch(pattern.replaceAll(/[\\[\](){}!+@]/g, String.raw`\$&`), { ...options, nocase: ignoreCase });
    compiled.set(key, match);
  }
  return match(text);
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}
