import type { Rule, RuleBook, Step, StepName } from '../model.ts';

/** The rules that have a step of that name, also among the steps that follow an approval. */
export function rulesWithStep(book: RuleBook, name: StepName): Rule[] {
  return book.files.flatMap(({ rules }) => rules.filter(({ then }) => among(then, name)));
}

function among(steps: readonly Step[], name: StepName): boolean {
  return steps.some((step) => {
    const nested = step.uses === 'request-approval' ? [step.with.approved, step.with.rejected, step.with.expired] : [];
    return step.uses === name || nested.some((inner) => among(inner, name));
  });
}
