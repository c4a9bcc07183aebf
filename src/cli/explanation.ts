import { join } from 'node:path';

import type { Registration } from '../ingest/registration.ts';
import { type Paint, plain } from '../platform/paint.ts';
import { oneLine } from '../platform/safe-text.ts';
import { missingInWords } from '../rules/decide/missing-in-words.ts';
import type { Decision, TraceLine, Undecided } from '../rules/model.ts';
import { doorLines, type ExplainedDoor } from './explained-door.ts';
import { stepInWords } from '../rules/try/step-in-words.ts';

export interface Explanation {
  readonly registration: Registration;
  readonly decision: Decision | Undecided;
  /** What the decision rests on, and what else one should know about it. */
  readonly notes: readonly string[];
}

export function asJson({ decision, notes }: Explanation, { opened, sent }: ExplainedDoor) {
  const { trace, version } = decision;
  const lines = trace.map(({ file, line, rule, verdict, because }) => ({ file, line, rule, verdict, because }));
  const door = { opened, sent };
  if (decision.kind === 'missing') {
    return { undecided: missingInWords(decision), trace: lines, version, door, notes };
  }
  const { matched, steps, application, dryRun } = decision;
  return { matched, trace: lines, steps, version, application, dryRun, door, notes };
}

export function asText(
  dir: string,
  { registration, decision, notes }: Explanation,
  door: ExplainedDoor,
  paint: Paint = plain,
): string {
  const { realm, clientId, source, email, userId } = registration;
  const { trace, version } = decision;
  const file = trace[0]?.file;
  return [
    `${oneLine(email ?? userId)} registered for ${oneLine(clientId)} in realm ${oneLine(realm)} (${oneLine(source)})`,
    ...notes.map((note) => `  ${note}`),
    file === undefined ? '  no rule file names this client' : `  ${join(dir, file)}`,
    ...doorLines(door, registration).map((line) => `  ${line}`),
    ...trace.map((line) => `  ${ruleLine(line, paint)}`),
    ...planOf(decision).map((line) => `    ${line}`),
    paint('dim', `  rules ${version}`),
    '',
  ].join('\n');
}

const signs = { matched: '✔', 'not-matched': '✘', unknown: '?', 'not-reached': '·' } as const;
const styles = { matched: 'green', 'not-matched': 'red', unknown: 'yellow', 'not-reached': 'dim' } as const;

function ruleLine({ line, rule, verdict, because }: TraceLine, paint: Paint): string {
  const text = `${line}: ${rule}: ${because}`;
  return `${paint(styles[verdict], signs[verdict])} ${verdict === 'not-reached' ? paint('dim', text) : text}`;
}

const headersMissing = [
  '    the service decides nothing about such a registration, and it waits',
  "    name the headers in the listener's option request-headers, so that later registrations have them",
];

function planOf(decision: Decision | Undecided): readonly string[] {
  if (decision.kind === 'missing') {
    return [`→ ${missingInWords(decision)}`, ...(decision.what === 'headers' ? headersMissing : [])];
  }
  const { matched, written, dryRun } = decision;
  if (written.length === 0) {
    return [matched === null ? '→ nothing happens' : '→ the rule has no steps'];
  }
  return written
    .map(stepInWords)
    .flatMap(({ headline, details }) => [
      `→ ${headline}${dryRun ? ' (dry run)' : ''}`,
      ...details.map((detail) => `    ${detail}`),
    ]);
}
