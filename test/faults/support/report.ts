import type { CaseResult } from './run-case.ts';

const columns = [
  'case',
  'registrations',
  'lost',
  'doubled',
  'given up',
  'unhandled',
  'longest exposure',
  'verdict',
] as const;

/** One line for a case that has just ended. */
export function lineOf({ name, verdict, seconds, broken, notes }: CaseResult): string {
  const sign = { holds: '✓', broken: '✗', skipped: '–' }[verdict];
  const because = broken.length === 0 ? '' : `: ${broken.slice(0, 4).join('; ')}`;
  return [`${sign} ${name} (${seconds} s)${because}`, ...notes.map((note) => `  ${note}`)].join('\n');
}

/** What the whole run found. */
export function tableOf(results: readonly CaseResult[]): string {
  const rows = results.map((result) => [
    result.name,
    String(result.registrations),
    String(result.lost.length),
    String(result.doubled.length),
    String(result.givenUp),
    String(result.unhandled),
    result.longestExposureMs === null ? '' : `${(result.longestExposureMs / 1_000).toFixed(1)} s`,
    result.verdict,
  ]);
  const widths = columns.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns), ...rows.map(line)].join('\n');
}

const inSeconds = (ms: number | null): string => (ms === null ? 'none' : `${(ms / 1_000).toFixed(1)} s`);

/** All figures of a soak, one a line. */
export function soakTable(result: CaseResult, minutes: number): string {
  const { seed, faults, registrations, lost, doubled, repeats, givenUp, unhandled } = result;
  const kinds = Object.entries(faults).toSorted(([, one], [, other]) => other - one);
  const rows: readonly (readonly [string, string | number])[] = [
    ['minutes', minutes],
    ['seed', seed],
    ['faults', kinds.reduce((sum, [, times]) => sum + times, 0)],
    ...kinds.map(([kind, times]) => [`  ${kind}`, times] as const),
    ['registrations', registrations],
    ['lost', lost.length],
    ['doubled', doubled.length],
    ['absorbed repeats: the same mail, with the same id', repeats],
    ['given up', givenUp],
    ['ended by itself, or left an error unhandled', unhandled],
    ['longest open door', inSeconds(result.longestExposureMs)],
    ['longest open door while nothing was broken', inSeconds(result.longestHealthyMs)],
    ['verdict', result.verdict],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, value]) => `${what.padEnd(width)}  ${value}`).join('\n');
}
