import { choose } from './choose.ts';
import { evaluate } from './evaluate.ts';
import type { Decision, Facts, Missing, Rule, RuleBook, RuleRef, Step, TraceLine } from '../model.ts';
import { locksOutNow, standsFor } from '../steps/index.ts';

/**
 * What is to be done about a registration, and why. Pure: the workers execute it, `explain` prints it, `simulate`
 * counts it. The first rule whose `when` holds decides.
 * @returns `missing` when `facts` lack something that could change the answer
 */
export function decide(book: RuleBook, facts: Facts): Decision | Missing {
  const { realm, clientId } = facts.registration;
  const file = choose(book, realm, clientId);
  const trace: TraceLine[] = [];
  let matched: Rule | null = null;
  for (const rule of file?.rules ?? []) {
    if (matched !== null) {
      const because = `"${matched.name}" decided`;
      trace.push(traceOf(rule, 'not-reached', because, because));
      continue;
    }
    const evaluation = rule.when === null ? always : evaluate(rule.when, facts);
    if (evaluation.holds === 'unknown') {
      return evaluation.missing;
    }
    const { holds, because, grounds } = evaluation;
    trace.push(traceOf(rule, holds ? 'matched' : 'not-matched', because, grounds));
    matched = holds ? rule : null;
  }
  return {
    kind: 'decided',
    version: book.version,
    matched: matched === null ? null : refOf(matched),
    trace,
    steps: doorFirst((matched?.then ?? []).flatMap(standsFor)),
    written: doorFirst(matched?.then ?? []),
    application: file?.application ?? clientId,
    language: file?.language ?? null,
    dryRun: matched?.dryRun ?? false,
  };
}

const always = { holds: true, because: 'no condition', grounds: 'no condition' } as const;

function refOf({ file, line, name }: Rule): RuleRef {
  return { file, line, rule: name };
}

/** Written out: spreading took most of the time of a decision. */
function traceOf(
  { file, line, name }: Rule,
  verdict: TraceLine['verdict'],
  because: string,
  grounds: string,
): TraceLine {
  return { file, line, rule: name, verdict, because, grounds };
}

/** Steps that keep the person out come first. The others keep the order of the file. */
function doorFirst(steps: readonly Step[]): readonly Step[] {
  return [...steps.filter(locksOutNow), ...steps.filter((step) => !locksOutNow(step))];
}
