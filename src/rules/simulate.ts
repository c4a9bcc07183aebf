import { decide } from './decide.ts';
import type { Decision, Facts, Missing, RuleBook, RuleRef } from './model.ts';

/** How one registration fares under either rule book. */
export interface Difference {
  readonly eventId: string;
  readonly userId: string;
  readonly from: Outcome;
  readonly to: Outcome;
}

/** `undecided`: the answer hangs on what the facts do not hold. */
export interface Outcome {
  readonly rule: RuleRef | null;
  readonly undecided: boolean;
  /** Names of the steps, in order; without a rule, none. */
  readonly steps: readonly string[];
  readonly because: string;
}

export interface Simulation {
  readonly registrations: number;
  readonly different: number;
  readonly undecided: number;
  /** Registrations that go from one rule to another, most frequent first; the first few of each in full. */
  readonly moves: readonly Move[];
}

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly examples: readonly Difference[];
}

const examplesOfEach = 5;
const batch = 1_000;

/**
 * Who would be treated differently by `proposed` than by `current`, counted by rule. Pure, but for `onProgress`; takes
 * registrations as they come, so that a topic of any length fits.
 */
export async function simulate(
  current: RuleBook,
  proposed: RuleBook,
  registrations: Iterable<Facts> | AsyncIterable<Facts>,
  onProgress: (done: number) => void = () => undefined,
): Promise<Simulation> {
  const moves = new Map<string, { from: string; to: string; count: number; examples: Difference[] }>();
  let done = 0;
  let different = 0;
  let undecided = 0;
  for await (const facts of registrations) {
    const before = decide(current, facts);
    const after = decide(proposed, facts);
    undecided += before.kind === 'missing' || after.kind === 'missing' ? 1 : 0;
    if (treatment(before) !== treatment(after)) {
      different++;
      const { eventId, userId } = facts.registration;
      const difference = { eventId, userId, from: outcomeOf(before), to: outcomeOf(after) };
      const from = nameOf(difference.from);
      const to = nameOf(difference.to);
      const key = JSON.stringify([from, to]);
      const move = moves.get(key) ?? { from, to, count: 0, examples: [] };
      move.count++;
      if (move.examples.length < examplesOfEach) {
        move.examples.push(difference);
      }
      moves.set(key, move);
    }
    if (++done % batch === 0) {
      onProgress(done);
    }
  }
  onProgress(done);
  return {
    registrations: done,
    different,
    undecided,
    moves: [...moves.values()].toSorted((left, right) => right.count - left.count),
  };
}

/** What is done, not which rule says so: a rule that is renamed or moved treats nobody differently. */
function treatment(decision: Decision | Missing): string {
  return decision.kind === 'missing' ? 'undecided' : JSON.stringify([decision.steps, decision.dryRun]);
}

function outcomeOf(decision: Decision | Missing): Outcome {
  if (decision.kind === 'missing') {
    return { rule: null, undecided: true, steps: [], because: `hangs on the ${decision.what}` };
  }
  const { matched, trace, steps } = decision;
  const last = trace.find(({ verdict }) => verdict === 'matched') ?? trace.at(-1);
  return {
    rule: matched,
    undecided: false,
    steps: steps.map(({ uses }) => uses),
    because: last?.because ?? 'no rule file names this client',
  };
}

function nameOf({ rule, undecided }: Outcome): string {
  return undecided ? 'undecided' : rule === null ? 'no rule' : `${rule.file}: ${rule.rule}`;
}
