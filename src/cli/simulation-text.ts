import type { Move, Outcome, Simulation } from '../rules/try/simulate.ts';
import { oneLine } from '../platform/safe-text.ts';
import { inWords } from './in-words.ts';

/** Who would be treated differently, counted by rule, how and why. */
export function asText({ registrations, different, undecided, moves }: Simulation, hint: string): string {
  const lines = [
    `${different} of ${registrations} registrations would be treated differently`,
    ...moves.filter((move) => !move.undecided).flatMap(told),
    ...(undecided === 0 ? [] : [`${undecided} might be, but cannot be judged on what is known here${hint}`]),
    ...moves.filter((move) => move.undecided).flatMap(told),
  ];
  return `${lines.join('\n')}\n`;
}

function told({ from, to, undecided, count, examples }: Move): string[] {
  const [first] = examples;
  const steps = undecided || first === undefined ? [] : [`      ${planned(first.from)} → ${planned(first.to)}`];
  const people = examples.map(({ userId, to }) => `      user ${oneLine(userId)}: ${to.because}`);
  const more = count > examples.length ? [`      and ${count - examples.length} more`] : [];
  const moved = from === to ? `${from}, with other steps` : `${from} → ${to}`;
  return [`  ${count}: ${moved}`, ...steps, ...people, ...more];
}

/** What is done; of a dry run, what would be. */
function planned({ steps, dryRun }: Outcome): string {
  const plan = steps.map(inWords).join(', ');
  return plan === '' ? 'nothing' : dryRun ? `nothing (dry run of ${plan})` : plan;
}
