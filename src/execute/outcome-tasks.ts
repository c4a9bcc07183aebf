import { stepsAfter } from '../approvals/steps-after.ts';
import type { Approval } from '../approvals/approval.ts';
import type { Step } from '../rules/model.ts';
import type { GateState } from '../rules/steps/gate.ts';
import { labelOf, locksOutNow, makesReady } from '../rules/steps/index.ts';
import { deletesAccount } from './lockout-limit.ts';

/**
 * What a part of an outcome does.
 *
 * - `close` keeps the person out.
 * - `grant` gives what the application asks for, or takes it.
 * - `open` lets the person in.
 * - `tell` says to the person what is true by then.
 * - `apart` concerns others, or begins later.
 * - `delete` takes the account away, and with it what all other parts need.
 */
type Part = 'close' | 'grant' | 'open' | 'tell' | 'apart' | 'delete';

/** One thing that an outcome asks for. Each is tried on its own, and is safe to repeat. */
export interface Task {
  /** Stays the same over all attempts: the number of the step, or the name of what is no step of the rule. */
  readonly key: string;
  readonly part: Part;
  readonly does: Step | 'set-gate-state' | 'release' | 'tell';
  /** Keys of what has to be done before. */
  readonly waitsFor: readonly string[];
}

/** What the person hears at the end of an approval is true only after the person is in; of all else, before a deletion. */
const before: Readonly<Record<'approved' | 'other', Readonly<Record<Part, readonly Part[]>>>> = {
  approved: {
    close: [],
    grant: [],
    open: ['grant', 'delete'],
    tell: ['grant', 'open', 'delete'],
    apart: [],
    delete: ['close', 'grant', 'apart'],
  },
  other: {
    close: [],
    grant: [],
    open: ['close', 'grant'],
    tell: ['close'],
    apart: [],
    delete: ['close', 'grant', 'open', 'tell', 'apart'],
  },
};

const order = {
  approved: ['close', 'grant', 'delete', 'open', 'tell', 'apart'],
  other: ['close', 'grant', 'open', 'tell', 'apart', 'delete'],
} as const satisfies Readonly<Record<string, readonly Part[]>>;

/**
 * What follows an outcome, in the order in which it is tried. What closes the door comes first. The door opens only after
 * all grants. Nothing else waits for anything that fails.
 */
export function tasksOf(approval: Approval, isLeftOut: (step: Step) => boolean): readonly Task[] {
  const kind = approval.state === 'approved' ? 'approved' : 'other';
  const steps = stepsAfter(approval);
  const ofRule = steps.flatMap((step, index): Omit<Task, 'waitsFor'>[] =>
    isLeftOut(step) ? [] : [{ key: String(index), part: partOf(step), does: step }],
  );
  const own: readonly Omit<Task, 'waitsFor'>[] = [
    ...(gateStateOf(approval) === null ? [] : [{ key: 'gate', part: 'close', does: 'set-gate-state' } as const]),
    ...ofRule,
    ...(kind === 'approved' ? [{ key: 'release', part: 'open', does: 'release' } as const] : []),
    // The person hears of every outcome, once. A rule with its own `notify-user` says it in its own words.
    ...(steps.some(({ uses }) => uses === 'notify-user') ? [] : [{ key: 'tell', part: 'tell', does: 'tell' } as const]),
  ];
  const keysOf = (part: Part): string[] => own.filter((task) => task.part === part).map(({ key }) => key);
  const opening = keysOf('open').filter((key) => key !== 'release');
  return order[kind].flatMap((part) =>
    own
      .filter((task) => task.part === part)
      .map((task) => {
        const others = task.key === 'release' ? opening : [];
        return { ...task, waitsFor: [...before[kind][part].flatMap(keysOf), ...others] };
      }),
  );
}

/** What the gate's page says from now on; `null`: nothing of its own. */
export function gateStateOf({ state }: Pick<Approval, 'state'>): GateState | null {
  switch (state) {
    case 'rejected':
      return 'refused';
    case 'expired':
    case 'withdrawn':
      return state;
    default:
      return null;
  }
}

/** How people call what a task does. */
export function nameOf({ does }: Task): { readonly step: string; readonly name: string | null } {
  return typeof does === 'string' ? { step: does, name: null } : { step: does.uses, name: labelOf(does) || null };
}

function partOf(step: Step): Part {
  if (step.after !== null) {
    return 'apart';
  }
  if (deletesAccount(step)) {
    return 'delete';
  }
  if (locksOutNow(step)) {
    return 'close';
  }
  return step.uses === 'enable-user'
    ? 'open'
    : step.uses === 'notify-user'
      ? 'tell'
      : makesReady(step)
        ? 'grant'
        : 'apart';
}
