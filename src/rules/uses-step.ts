import type { RuleBook, Step, StepName } from './model.ts';

/** Whether any rule has a step of that name, also among the steps that follow an approval. */
export function usesStep(book: RuleBook, name: StepName): boolean {
  return book.files.some(({ rules }) => rules.some(({ then }) => among(then, name)));
}

function among(steps: readonly Step[], name: StepName): boolean {
  return steps.some((step) => {
    const nested = step.uses === 'request-approval' ? [step.with.approved, step.with.rejected, step.with.expired] : [];
    return step.uses === name || nested.some((inner) => among(inner, name));
  });
}
