import { choose } from './choose.ts';
import { evaluate } from './evaluate.ts';
import type { Decision, Facts, Missing, Rule, RuleBook, Step, TraceLine } from './model.ts';
import { closesDoor } from './steps/index.ts';

/**
 * What is to be done about a registration, and why. Pure: the workers carry it out, `explain` prints it, `simulate`
 * counts it. The first rule whose `when` holds decides.
 * @returns `missing` when the answer hangs on what `facts` do not hold yet.
 */
export function decide(book: RuleBook, facts: Facts): Decision | Missing {
  const { realm, clientId } = facts.registration;
  const file = choose(book, realm, clientId);
  const trace: TraceLine[] = [];
  for (const [index, rule] of (file?.rules ?? []).entries()) {
    const verdict = rule.when === null ? always : evaluate(rule.when, facts);
    if (verdict.holds === 'unknown') {
      return verdict.missing;
    }
    trace.push({ ...refOf(rule), verdict: verdict.holds ? 'matched' : 'not-matched', because: verdict.because });
    if (verdict.holds) {
      for (const later of file?.rules.slice(index + 1) ?? []) {
        trace.push({ ...refOf(later), verdict: 'not-reached', because: `"${rule.name}" decided` });
      }
      return decision(rule);
    }
  }
  return decision(null);

  function decision(rule: Rule | null): Decision {
    return {
      kind: 'decided',
      version: book.version,
      matched: rule === null ? null : refOf(rule),
      trace,
      steps: rule === null ? [] : doorFirst(rule.then),
      application: file?.application ?? clientId,
      dryRun: rule?.dryRun ?? false,
    };
  }
}

const always = { holds: true, because: 'no condition' } as const;

function refOf({ file, line, name }: Rule) {
  return { file, line, rule: name };
}

/** What closes the door comes first; else the order of the file stays. */
function doorFirst(steps: readonly Step[]): readonly Step[] {
  const closing = (step: Step): boolean => step.after === null && closesDoor(step);
  return [...steps.filter(closing), ...steps.filter((step) => !closing(step))];
}
