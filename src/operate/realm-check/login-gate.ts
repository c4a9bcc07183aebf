import type { RuleFile } from '../../rules/model.ts';
import { standsFor } from '../../rules/steps/index.ts';
import type { Execution } from '../door/execution.ts';

/** Whether the rules keep somebody out, so that it matters who else can log in to the client. */
export function guards({ rules }: RuleFile): boolean {
  return rules.some(
    ({ then, dryRun }) =>
      !dryRun &&
      then
        .flatMap(standsFor)
        .some(
          ({ uses, after }) => after === null && ['disable-user', 'delete-user', 'request-approval'].includes(uses),
        ),
  );
}

/** Says nothing of who the person is. */
const otherConditions = new Set([
  'conditional-user-configured',
  'conditional-credential',
  'conditional-level-of-authentication',
  'conditional-sub-flow-executed',
  'conditional-client-scope',
]);

/** github.com/sventorben/keycloak-restrict-client-auth; asks for a role of those clients that have the role below. */
export const restrictClientAuth = 'restrict-client-auth-authenticator';
export const restrictedAccess = 'restricted-access';

/**
 * Whether a flow turns people away by who they are, or gives way: a gate in one of several alternatives is passed by
 * anyone who has a session, for the cookie is another alternative.
 */
export function gateIn(executions: readonly Execution[]): 'none' | 'passed-by' | 'found' {
  const gates = placedIn(executions).filter(isGate);
  if (gates.length === 0) {
    return 'none';
  }
  return gates.every(hasWayAround) ? 'passed-by' : 'found';
}

interface Placed extends Execution {
  readonly parent: Placed | null;
  readonly children: Placed[];
}

/** The tree that levels tell, without what is switched off. */
function placedIn(executions: readonly Execution[]): Placed[] {
  const top: Placed = { level: -1, requirement: 'REQUIRED', provider: null, parent: null, children: [] };
  const path: Placed[] = [];
  const all = executions.map((execution): Placed => {
    path.length = execution.level;
    const parent = path.at(-1) ?? top;
    const placed = { ...execution, parent, children: [] };
    parent.children.push(placed);
    path.push(placed);
    return placed;
  });
  const isOff = (one: Placed | null): boolean => one !== null && (one.requirement === 'DISABLED' || isOff(one.parent));
  return all.filter((one) => !isOff(one));
}

function isGate({ provider, parent }: Placed): boolean {
  if (provider === restrictClientAuth) {
    return true;
  }
  const conditions = (parent?.children ?? []).filter(
    ({ provider, requirement }) => provider?.startsWith('conditional-') === true && requirement !== 'DISABLED',
  );
  return (
    provider === 'deny-access-authenticator' &&
    (conditions.length === 0 || conditions.some(({ provider }) => !otherConditions.has(provider ?? '')))
  );
}

function hasWayAround(one: Placed): boolean {
  const { parent, requirement } = one;
  if (parent === null) {
    return false;
  }
  const others = parent.children.filter((other) => other !== one && other.requirement === 'ALTERNATIVE');
  return (requirement === 'ALTERNATIVE' && others.length > 0) || hasWayAround(parent);
}
