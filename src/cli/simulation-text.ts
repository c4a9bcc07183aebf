import { type Paint, plain } from '../platform/paint.ts';
import { oneLine } from '../platform/safe-text.ts';
import type { Move, Outcome, Simulation } from '../rules/try/simulate.ts';
import { stepInWords, stepOnOneLine } from '../rules/try/step-in-words.ts';

/** Who would be treated differently, counted by rule, how and why. */
export function asText(simulation: Simulation, hint: string, paint: Paint = plain): string {
  const { registrations, different, undecided, refusedAtDoor, moves } = simulation;
  const open = `${undecided} might be, but cannot be judged on what is known here${hint}`;
  const lines = [
    paint(
      different === 0 ? 'green' : 'bold',
      `${different} of ${registrations} registrations would be treated differently`,
    ),
    ...moves.filter((move) => !move.undecided).flatMap(linesOf),
    ...doorOf(refusedAtDoor),
    ...(undecided === 0 ? [] : [paint('yellow', open)]),
    ...moves.filter((move) => move.undecided).flatMap(linesOf),
  ];
  return `${lines.join('\n')}\n`;
}

function doorOf({ current, proposed }: Simulation['refusedAtDoor']): string[] {
  return current + proposed === 0
    ? []
    : [`Keycloak would refuse ${proposed} of them before there is an account; by the rules in force, ${current}`];
}

function linesOf({ from, to, undecided, count, examples }: Move): string[] {
  const [first] = examples;
  const steps = undecided || first === undefined ? [] : change(first.from, first.to);
  const people = examples.map(({ userId, to }) => `user ${oneLine(userId)}: ${to.because}`);
  const more = count > examples.length ? [`and ${count - examples.length} more`] : [];
  const moved = from === to ? `${from}, with other steps` : `${from} → ${to}`;
  return [`  ${count}: ${moved}`, ...[...steps, ...people, ...more].map((line) => `      ${line}`)];
}

/** Short plans side by side, long ones below each other. */
function change(from: Outcome, to: Outcome): string[] {
  const line = `${onOneLine(from)} → ${onOneLine(to)}`;
  return line.length <= 90 ? [line] : ['from:', ...onLines(from), 'to:', ...onLines(to)];
}

/** What is done; of a dry run, what would be. */
function onOneLine({ steps, dryRun }: Outcome): string {
  const plan = steps.map(stepOnOneLine).join(', ');
  return plan === '' ? 'nothing' : dryRun ? `nothing (dry run of ${plan})` : plan;
}

function onLines({ steps, dryRun }: Outcome): string[] {
  const lines = steps
    .map(stepInWords)
    .flatMap(({ headline, details }) => [
      `  ${headline}${dryRun ? ' (dry run)' : ''}`,
      ...details.map((detail) => `      ${detail}`),
    ]);
  return lines.length === 0 ? ['  nothing'] : lines;
}
