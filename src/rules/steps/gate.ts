import type { Step } from '../model.ts';

/** Required action of the Keycloak provider that keeps a person at the door. */
export const gateAction = 'vestibule-pending';

/**
 * What the page at the gate tells a held person beyond "has arrived". Noted as a second required action beside the gate's
 * own, which the provider knows; it holds nobody by itself.
 */
export type GateState = 'waiting' | 'expired' | 'refused';

const marks: Readonly<Record<GateState, string>> = {
  waiting: 'vestibule-waiting',
  expired: 'vestibule-expired',
  refused: 'vestibule-refused',
};

/**
 * The required actions after which the gate's page tells how things stand; `null` takes the marks away. Somebody whom
 * the gate does not hold gets no mark.
 */
export function withGateState(actions: readonly string[], standing: GateState | null): readonly string[] {
  const others = actions.filter((action) => !Object.values(marks).includes(action));
  return standing === null || !actions.includes(gateAction) ? others : [...others, marks[standing]];
}

const refusals: readonly string[] = ['refused', 'rejected', 'disabled'];

/**
 * Whether a plan turns the person away without asking anybody, and leaves the account in place and enabled: then somebody
 * whom the gate holds would read on and on that it is being looked at. A disabled account never gets as far as that page.
 */
export function refusesOutright(steps: readonly Step[]): boolean {
  const gone = ({ uses, after }: Step): boolean =>
    uses === 'request-approval' || (after === null && (uses === 'delete-user' || uses === 'disable-user'));
  return (
    !steps.some(gone) &&
    steps.some(
      (step) => step.uses === 'delete-user' || (step.uses === 'notify-user' && refusals.includes(step.with.message)),
    )
  );
}
