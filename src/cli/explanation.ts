import { join } from 'node:path';

import type { Registration } from '../ingest/registration.ts';
import type { Decision } from '../rules/model.ts';
import { oneLine } from '../platform/safe-text.ts';
import { inWords } from './in-words.ts';

export interface Explanation {
  readonly registration: Registration;
  readonly decision: Decision;
  /** What the decision rests on, and what else one should know about it. */
  readonly notes: readonly string[];
}

export function asJson({ decision, notes }: Explanation) {
  const { matched, trace, steps, version, application, dryRun } = decision;
  const lines = trace.map(({ file, line, rule, verdict, because }) => ({ file, line, rule, verdict, because }));
  return { matched, trace: lines, steps, version, application, dryRun, notes };
}

const signs = { matched: '✔', 'not-matched': '✘', 'not-reached': '·' } as const;

export function asText(dir: string, { registration, decision, notes }: Explanation): string {
  const { realm, clientId, source, email, userId } = registration;
  const { matched, trace, steps, version, dryRun } = decision;
  const file = trace[0]?.file;
  const plan =
    steps.length === 0 ? [matched === null ? 'nothing happens' : 'the rule has no steps'] : steps.map(inWords);
  return [
    `${oneLine(email ?? userId)} registered for ${oneLine(clientId)} in realm ${oneLine(realm)} (${oneLine(source)})`,
    ...notes.map((note) => `  ${note}`),
    file === undefined ? '  no rule file names this client' : `  ${join(dir, file)}`,
    ...trace.map(({ line, rule, verdict, because }) => `  ${signs[verdict]} ${line}: ${rule}: ${because}`),
    ...plan.map((line) => `    → ${line}${dryRun ? ' (dry run)' : ''}`),
    `  rules ${version}`,
    '',
  ].join('\n');
}
