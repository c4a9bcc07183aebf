import type { Rule, RuleBook, StepName } from '../model.ts';
import { everyStep } from '../steps/index.ts';

/** The rules that have a step of that name, also among the steps that follow an approval. */
export function rulesWithStep(book: RuleBook, name: StepName): Rule[] {
  return book.files.flatMap(({ rules }) =>
    rules.filter(({ then }) => everyStep(then).some(({ uses }) => uses === name)),
  );
}
