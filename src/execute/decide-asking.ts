import type { Answered } from '../jobs/payloads.ts';
import { decide } from '../rules/decide/decide.ts';
import { membersOf, sameQuestion } from '../rules/decide/questions.ts';
import type { Answer, Decision, Facts, Missing, Question, RuleBook, Scalar, Undecided } from '../rules/model.ts';

export type MissingCount = Extract<Missing, { what: 'count' }>;

/** A JSON object that a system answered. */
export type RawAnswer = Readonly<Record<string, unknown>>;

/** Who is asked about. */
export interface Asked extends Pick<Facts, 'registration' | 'user'> {
  /** Why: the same cause makes the same message, so that the system recognises a repeat. */
  readonly cause: string;
}

/** @throws ServiceError EXTERNAL_UNAVAILABLE, EXTERNAL_UNUSABLE: there is no answer to go by, so nothing is decided */
export type Ask = (question: Question, about: Asked) => Promise<RawAnswer>;

export interface Sources {
  readonly count: (missing: MissingCount) => number | Promise<number>;
  /** `null`: no system is asked. */
  readonly ask: ((question: Question) => Promise<RawAnswer>) | null;
  /** Hears each new answer before it counts. */
  readonly onAnswer?: (answered: readonly Answered[]) => void | Promise<void>;
}

/**
 * Decides, and finds out what the rules need, and nothing else: each round answers one question.
 * @param answered what systems answered before
 */
export async function decideAsking(
  book: RuleBook,
  facts: Pick<Facts, 'registration' | 'user'>,
  { count, ask, onAnswer }: Sources,
  answered: readonly Answered[] = [],
): Promise<Decision | Undecided> {
  const counts = new Map<string, number>();
  let known = answered;
  for (;;) {
    const decision = decide(book, { ...facts, counts, answers: answersOf(known) });
    if (decision.kind === 'decided') {
      return decision;
    }
    if (decision.what === 'count') {
      counts.set(`${decision.key}/${decision.windowMs}`, await count(decision));
    } else if (decision.what !== 'external' || ask === null) {
      return decision;
    } else {
      const { question } = decision;
      const before = answerTo(question, known);
      const answer = { ...before, ...comparable(await ask(question), membersOf(book, question)) };
      known = [...known.filter((other) => !sameQuestion(other.question, question)), { question, answer }];
      await onAnswer?.(known);
    }
  }
}

/** Answers by their question. Rules that changed meanwhile may compare what was not kept. */
export function answersOf(known: readonly Answered[]): NonNullable<Facts['answers']> {
  return (question, members) => {
    const answer = answerTo(question, known);
    return answer !== undefined && members.every((member) => Object.hasOwn(answer, member)) ? answer : undefined;
  };
}

function answerTo(question: Question, known: readonly Answered[]): Answer | undefined {
  return known.find((answered) => sameQuestion(answered.question, question))?.answer;
}

/** What of an answer is compared. A value that no rule can name is as good as none. */
function comparable(answer: RawAnswer, members: readonly string[]): Answer {
  return Object.fromEntries(
    members.map((member) => [member, Object.hasOwn(answer, member) ? scalarOf(answer[member]) : null]),
  );
}

const longest = 1_000;

function scalarOf(value: unknown): Scalar | null {
  const named =
    typeof value === 'boolean' || typeof value === 'number' || (typeof value === 'string' && value.length <= longest);
  return named ? value : null;
}
