/** The same trouble is told once in this time, in ms. */
const toldEveryMs = 60_000;
/** More different troubles than this are not told apart from new ones. */
const most = 200;

/**
 * Thins out a log line that an outage repeats, so that other lines can be seen.
 * @returns whether to write the line of this trouble now, and how often it came since the last line: `repeated`, where
 *   it did; `null`: not now
 */
export function createRepeats(now: () => number = Date.now): (trouble: string) => { repeated?: number } | null {
  const told = new Map<string, { at: number; unsaid: number }>();
  return (trouble) => {
    const last = told.get(trouble);
    if (last !== undefined && now() - last.at < toldEveryMs) {
      last.unsaid += 1;
      return null;
    }
    if (told.size >= most) {
      told.clear();
    }
    told.set(trouble, { at: now(), unsaid: 0 });
    return last === undefined || last.unsaid === 0 ? {} : { repeated: last.unsaid };
  };
}
