import type { Measures } from './coverage.ts';

/** Percent that a full run must reach, a little below what it reaches today. Raise them when it reaches more. */
export const demanded: Readonly<Record<string, Measures>> = {
  src: { lines: 0, branches: 0 },
  'src/adapters': { lines: 0, branches: 0 },
  'src/approval': { lines: 0, branches: 0 },
  'src/carry-out': { lines: 0, branches: 0 },
  'src/cli': { lines: 0, branches: 0 },
  'src/doctor': { lines: 0, branches: 0 },
  'src/http': { lines: 0, branches: 0 },
  'src/i18n': { lines: 0, branches: 0 },
  'src/live': { lines: 0, branches: 0 },
  'src/mail': { lines: 0, branches: 0 },
  'src/registration': { lines: 0, branches: 0 },
  'src/rules': { lines: 0, branches: 0 },
  'src/setup': { lines: 0, branches: 0 },
  'src/webhook': { lines: 0, branches: 0 },
  workers: { lines: 0, branches: 0 },
};
