import { choose } from './choose.ts';
import { evaluate } from './evaluate.ts';
import { missingInWords } from './missing-in-words.ts';
import type { Decision, Facts, Missing, Rule, RuleBook, RuleRef, Step, TraceLine, Undecided } from '../model.ts';
import { locksOutNow, standsFor } from '../steps/index.ts';

/**
 * What is to be done about a registration, and why. Pure: the workers execute it, `explain` prints it, `simulate`
 * counts it. The first rule whose `when` holds decides.
 * @returns `missing` when `facts` lack something that could change the answer
 */
export function decide(book: RuleBook, facts: Facts): Decision | Undecided {
  const { realm, clientId, clientName } = facts.registration;
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
      return undecided(book, evaluation.missing, trace, file?.rules ?? []);
    }
    const { holds, because, grounds, asked } = evaluation;
    trace.push(traceOf(rule, holds ? 'matched' : 'not-matched', because, grounds, asked));
    matched = holds ? rule : null;
  }
  return {
    kind: 'decided',
    version: book.version,
    matched: matched === null ? null : refOf(matched),
    trace,
    steps: doorFirst((matched?.then ?? []).flatMap(standsFor)),
    written: doorFirst(matched?.then ?? []),
    application: file?.application ?? clientName ?? clientId,
    language: file?.language ?? null,
    dryRun: matched?.dryRun ?? false,
  };
}

/** @param trace the rules before the one that lacks something */
function undecided(
  { version }: RuleBook,
  missing: Missing,
  trace: readonly TraceLine[],
  rules: readonly Rule[],
): Undecided {
  const because = missingInWords(missing);
  const rest = rules
    .slice(trace.length)
    .map((rule, index) => traceOf(rule, index === 0 ? 'unknown' : 'not-reached', because, because));
  return { ...missing, version, trace: [...trace, ...rest] };
}

const always = { holds: true, because: 'no condition', grounds: 'no condition', asked: undefined } as const;

function refOf({ file, line, name }: Rule): RuleRef {
  return { file, line, rule: name };
}

/** Written out: spreading took most of the time of a decision. */
function traceOf(
  { file, line, name }: Rule,
  verdict: TraceLine['verdict'],
  because: string,
  grounds: string,
  asked?: readonly string[],
): TraceLine {
  const traced = { file, line, rule: name, verdict, because, grounds };
  return asked === undefined ? traced : { ...traced, asked };
}

/** Steps that keep the person out come first. The others keep the order of the file. */
function doorFirst(steps: readonly Step[]): readonly Step[] {
  return [...steps.filter(locksOutNow), ...steps.filter((step) => !locksOutNow(step))];
}
