import { isDeepStrictEqual } from 'node:util';

import { choose } from '../decide/choose.ts';
import { headersNamed } from '../decide/headers-named.ts';
import { decide } from '../decide/decide.ts';
import { missingInWords } from '../decide/missing-in-words.ts';
import { answer } from '../door/answer.ts';
import { compilePolicy } from '../door/compile-policy.ts';
import type { DoorPolicy } from '../door/policy.ts';
import { visitorOf } from '../door/visitor.ts';
import type { Decision, Facts, Missing, RuleBook, RuleFile, RuleRef, Step } from '../model.ts';

/** How one registration fares under either rule book. */
export interface Difference {
  readonly eventId: string;
  readonly userId: string;
  readonly from: Outcome;
  readonly to: Outcome;
}

export interface Outcome {
  readonly rule: RuleRef | null;
  /** The answer depends on what the facts do not hold. */
  readonly undecided: boolean;
  /** In the order in which they are done; without a rule, none. */
  readonly steps: readonly Step[];
  /** The steps are recorded, not done. */
  readonly dryRun: boolean;
  readonly because: string;
}

export interface Simulation {
  readonly registrations: number;
  /** Without those that cannot be judged. */
  readonly different: number;
  /** Might be treated differently: that depends on what is not known. */
  readonly undecided: number;
  /** How many of them Keycloak would refuse before there is an account. */
  readonly refusedAtDoor: { readonly current: number; readonly proposed: number };
  /** Registrations that go from one rule to another, most frequent first; the first few of each in full. */
  readonly moves: readonly Move[];
}

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly undecided: boolean;
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
  const moves = new Map<
    string,
    { from: string; to: string; undecided: boolean; count: number; examples: Difference[] }
  >();
  const sameFor = comparison(current, proposed);
  const doors = { current: doorOf(current), proposed: doorOf(proposed) };
  const refusedAtDoor = { current: 0, proposed: 0 };
  let done = 0;
  let different = 0;
  let undecided = 0;
  for await (const facts of registrations) {
    const difference = sameFor(facts) ? null : compare(decide(current, facts), decide(proposed, facts));
    if (difference !== null) {
      const { eventId, userId } = facts.registration;
      const from = nameOf(difference.from);
      const to = nameOf(difference.to);
      const unknown = difference.from.undecided || difference.to.undecided;
      undecided += unknown ? 1 : 0;
      different += unknown ? 0 : 1;
      const key = JSON.stringify([from, to]);
      const move = moves.get(key) ?? { from, to, undecided: unknown, count: 0, examples: [] };
      move.count++;
      if (move.examples.length < examplesOfEach) {
        move.examples.push({ eventId, userId, ...difference });
      }
      moves.set(key, move);
    }
    refusedAtDoor.current += Number(refuses(doors.current, facts));
    refusedAtDoor.proposed += Number(refuses(doors.proposed, facts));
    if (++done % batch === 0) {
      onProgress(done);
    }
  }
  onProgress(done);
  return {
    registrations: done,
    different,
    undecided,
    refusedAtDoor,
    moves: [...moves.values()].toSorted(
      (left, right) => Number(left.undecided) - Number(right.undecided) || right.count - left.count,
    ),
  };
}

interface RulesAtDoor {
  readonly policy: DoorPolicy;
  readonly headers: readonly string[];
}

function doorOf(book: RuleBook): RulesAtDoor {
  return { policy: compilePolicy(book), headers: headersNamed(book) };
}

/** Whether Keycloak would refuse the person when they send the form. */
function refuses({ policy, headers }: RulesAtDoor, { registration }: Facts): boolean {
  return answer(policy, visitorOf(registration, headers)).door === 'refuse';
}

/** Whether the two rule books say the same about a registration, whatever else is known of it. */
export function comparison(current: RuleBook, proposed: RuleBook): (facts: Facts) => boolean {
  const known = new Map<RuleFile | null, Map<RuleFile | null, boolean>>();
  return ({ registration: { realm, clientId } }) => {
    const before = choose(current, realm, clientId);
    const after = choose(proposed, realm, clientId);
    const answers = known.get(before) ?? new Map<RuleFile | null, boolean>();
    const same = answers.get(after) ?? isDeepStrictEqual(bare(before), bare(after));
    known.set(before, answers.set(after, same));
    return same;
  };
}

/** What of a file matters to people: not names and lines. */
function bare(file: RuleFile | null) {
  return (file?.rules ?? []).map(({ when, then, dryRun }) => [when, then, dryRun]);
}

function compare(before: Decision | Missing, after: Decision | Missing): Pick<Difference, 'from' | 'to'> | null {
  const undecided = before.kind === 'missing' || after.kind === 'missing';
  return undecided || treatment(before) !== treatment(after) ? { from: outcomeOf(before), to: outcomeOf(after) } : null;
}

/**
 * What is done, not which rule says so, nor in which order: a rule that is renamed or moved treats nobody differently, and
 * a dry run does nothing.
 */
function treatment({ written, dryRun }: Decision): string {
  return dryRun
    ? ''
    : written
        .map((step) => JSON.stringify(step))
        .toSorted()
        .join();
}

function outcomeOf(decision: Decision | Missing): Outcome {
  if (decision.kind === 'missing') {
    return { rule: null, undecided: true, steps: [], dryRun: false, because: missingInWords(decision) };
  }
  const { matched, trace, written, dryRun } = decision;
  const last = trace.find(({ verdict }) => verdict === 'matched') ?? trace.at(-1);
  return {
    rule: matched,
    undecided: false,
    steps: written,
    dryRun,
    because: last?.because ?? 'no rule file names this client',
  };
}

function nameOf({ rule, undecided, dryRun }: Outcome): string {
  const name = rule === null ? 'no rule' : `${rule.file}: ${rule.rule}`;
  return undecided ? 'undecided' : `${name}${dryRun ? ' (dry run)' : ''}`;
}
