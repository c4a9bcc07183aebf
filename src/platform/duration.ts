const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Also the pattern that editors check against. */
export const durationPattern = /^(\d{1,6}[smhdw])+$/;
export const durationHint = 'must be a duration such as 90s, 15m, 12h, 30d or 2w';

const tenYearsMs = 3_650 * 86_400_000;

/** `90s`, `15m`, `12h`, `30d`, `2w`, or several in a row as `1d12h`; in milliseconds. `null`: not a duration. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) {
    return null;
  }
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  return ms > 0 && ms <= tenYearsMs ? ms : null;
}

/** The other way, short: `1d12h`. */
export function formatDuration(ms: number): string {
  return (
    partsOf(ms)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || '0s'
  );
}

const names: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour', d: 'day' };

/** The same in words: `1 day 12 hours`. */
export function durationInWords(ms: number): string {
  return (
    partsOf(ms)
      .map(([count, unit]) => `${count} ${names[unit]}${count === 1 ? '' : 's'}`)
      .join(' ') || '0 seconds'
  );
}

function partsOf(ms: number): (readonly [count: number, unit: string])[] {
  let rest = ms;
  return Object.entries(units)
    .filter(([unit]) => unit !== 'w')
    .toReversed()
    .flatMap(([unit, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? [] : [[count, unit] as const];
    });
}
