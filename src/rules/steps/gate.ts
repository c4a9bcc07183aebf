import type { Step } from '../model.ts';

/** Required action of the Keycloak provider that keeps a person at the door. */
export const gateAction = 'vestibule-pending';

/**
 * What the gate's page says to a person whom the gate holds, beyond "has arrived". It is stored as a second required
 * action beside the gate's own. The provider knows it. It holds nobody by itself.
 */
export type GateState = 'waiting' | 'expired' | 'refused' | 'withdrawn';

const marks: Readonly<Record<GateState, string>> = {
  waiting: 'vestibule-waiting',
  expired: 'vestibule-expired',
  refused: 'vestibule-refused',
  withdrawn: 'vestibule-withdrawn',
};

const untilPrefix = 'vestibule-until-';
const untilDays = `${untilPrefix}days`;
const hour = 3_600_000;
/** The numbers 1, 2, 4, 8, 16 and 32 add up to any up to this. */
const mostUnits = 63;

/** When the account was made, and by when it is decided, ms since 1970. */
export interface Until {
  readonly createdAt: number;
  readonly until: number;
}

/**
 * The required actions with the mark of a state, so that the gate's page says it. `null` takes the marks away. A user
 * whom the gate does not hold gets no mark.
 * @param by what the page says of the time, too
 */
export function withGateState(
  actions: readonly string[],
  state: GateState | null,
  by: Until | null = null,
): readonly string[] {
  const others = actions.filter((action) => !Object.values(marks).includes(action) && !action.startsWith(untilPrefix));
  return state === null || !actions.includes(gateAction)
    ? others
    : [...others, marks[state], ...(by === null ? [] : untilMarks(by))];
}

/**
 * Marks that tell by when it is decided. Keycloak keeps only required actions that it has a provider of, so no mark can
 * hold a time. They add up to the time since the account was made: to the hour, and from 64 hours on to the day, for
 * which a rule's time is exact where it is given so. None for what is longer than 63 days.
 */
export function untilMarks({ createdAt, until }: Until): readonly string[] {
  const hours = Math.max(1, Math.round((until - createdAt) / hour));
  const inDays = hours > mostUnits;
  const units = inDays ? Math.round(hours / 24) : hours;
  if (units > mostUnits) {
    return [];
  }
  const numbers = [1, 2, 4, 8, 16, 32].filter((number) => (units & number) !== 0);
  return [...numbers.map((number) => `${untilPrefix}${number}`), ...(inDays ? [untilDays] : [])];
}

/** The required actions of a person for whom the gate opens: no action of the gate's is left. */
export function withoutGate(actions: readonly string[]): readonly string[] {
  return withGateState(actions, null).filter((action) => action !== gateAction);
}

/**
 * Whether the gate holds the person until the rules have decided. A mark says that they have, and that approvers or an
 * administrator have the next word.
 */
export function waitsForRules(actions: readonly string[]): boolean {
  return actions.includes(gateAction) && !Object.values(marks).some((mark) => actions.includes(mark));
}

/** Whether a step has the person wait at the gate, at once. An approval that begins later finds the person in. */
export function holdsAtGate(step: Step): boolean {
  return step.uses === 'request-approval' && step.with.hold === 'gate' && step.after === null;
}

/** Messages that tell a person of a refusal; `disabled` is `closed` in plans of earlier versions. */
const refusals: readonly string[] = ['refused', 'rejected', 'throwaway-address', 'closed', 'disabled'];

/**
 * Whether a plan tells the person of a refusal without asking approvers, and leaves the account in place and enabled.
 * Without a mark, a person whom the gate holds would then read for ever that the registration is being looked at. A
 * disabled account never gets as far as that page.
 */
export function refusesOutright(steps: readonly Step[]): boolean {
  const gone = ({ uses, after }: Step): boolean =>
    uses === 'request-approval' || (after === null && (uses === 'delete-user' || uses === 'disable-user'));
  return !steps.some(gone) && steps.some((step) => step.uses === 'notify-user' && refusals.includes(step.with.message));
}
