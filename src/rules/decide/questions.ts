import { comparisonsIn } from '../comparisons.ts';
import { comparedMembers, externalKey } from '../conditions/external.ts';
import type { Condition, Question, Rule, RuleBook } from '../model.ts';

/** One question is asked once for a registration, whichever rules ask it. */
export function sameQuestion(left: Question, right: Question): boolean {
  return left.url === right.url && left.send.join() === right.send.join();
}

/** The rules that ask a system of the company. */
export function rulesThatAsk({ files }: RuleBook): Rule[] {
  return files.flatMap(({ rules }) => rules.filter(({ when }) => asksIn(when).length > 0));
}

/** The members of an answer that any rule compares. Nothing else of the answer is kept. */
export function membersOf({ files }: RuleBook, question: Question): readonly string[] {
  const asks = files.flatMap(({ rules }) => rules.flatMap(({ when }) => asksIn(when)));
  return [...new Set(asks.filter((ask) => sameQuestion(ask.question, question)).flatMap(({ members }) => members))];
}

function asksIn(condition: Condition | null): ReturnType<typeof comparedMembers>[] {
  return comparisonsIn(condition)
    .filter(({ key }) => key === externalKey)
    .map(({ operand }) => comparedMembers(operand));
}
