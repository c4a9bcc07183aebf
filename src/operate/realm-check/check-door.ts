import type { DoorStep } from '../door/steps.ts';
import { flowsWithout, type WayIn } from '../door/ways-in.ts';
import { error, type Fault, warning } from './fault.ts';
import type { GivenToAll, RequiredActionFacts } from './realm-facts.ts';
import type { Gift } from './references.ts';

/** Whether everybody who gets an account passes the door, or the gate. */
export function judgeWaysIn(realm: string, part: DoorStep['part'], waysIn: readonly WayIn[]): Fault | null {
  const without = flowsWithout(part, waysIn);
  const what =
    part === 'door'
      ? '"refuse-registration" needs the door in each flow by which people get an account'
      : '"hold: gate" needs the gate in each flow by which people get an account';
  return without.length === 0
    ? null
    : error(
        `${what}, and in realm ${realm} it is not in force in ${without.join('; ')}`,
        `run "vestibule setup --realm ${realm} --door"`,
      );
}

/** The gate's required action, where it is enabled. */
export function judgeGateAction(
  realm: string,
  action: RequiredActionFacts,
  actions: readonly RequiredActionFacts[],
): Fault | null {
  if (action.byDefault) {
    return warning(
      `the required action ${action.alias} is a default action of realm ${realm}: it holds every new user, also of clients without a rule`,
      `run "vestibule setup --realm ${realm} --door"`,
    );
  }
  const verify = actions.find(({ alias }) => alias === 'VERIFY_EMAIL');
  return verify !== undefined && verify.priority >= action.priority
    ? warning(
        `the required action ${action.alias} stands above Verify Email in realm ${realm}: nobody can confirm their address while they wait`,
        `run "vestibule setup --realm ${realm} --door"`,
      )
    : null;
}

/** Whether Keycloak looks for the request headers that a rule compares. @param known `null`: it has no listener */
export function judgeHeaders(names: readonly string[], known: readonly string[] | null): Fault | null {
  const unknown = names.filter((name) => known?.includes(name) !== true);
  return unknown.length === 0
    ? null
    : error(
        `the listener of Keycloak looks for no request header ${unknown.join(', ')}: where a decision depends on it, the registration waits`,
        known === null
          ? 'put vestibule-keycloak.jar into providers/, and run "kc.sh build"'
          : `name it in the listener's option request-headers: ${[...known, ...unknown].join(',')}`,
      );
}

/** Whether people have what a rule gives before the rules have spoken: then no login gate can ask for it. */
export function judgeGift(realm: string, gift: Gift, { groups, roles }: GivenToAll): Fault | null {
  if ('group' in gift) {
    const { group } = gift;
    const inside = groups.find((path) => path === group || path.startsWith(`${group}/`));
    return inside === undefined
      ? null
      : error(
          `realm ${realm} puts every new user into the group ${inside}, so people have ${group} whatever the rules decide`,
          'take it from the default groups of the realm (Realm settings, User registration)',
        );
  }
  const { client, role } = gift.role;
  const name = client === undefined ? role : `${client} / ${role}`;
  return roles.some((each) => each.client === client && each.role === role)
    ? error(
        `realm ${realm} gives every new user the role ${name}, by its default roles or a default group, so people have it whatever the rules decide`,
        'take it from the default roles and groups of the realm (Realm settings, User registration)',
      )
    : null;
}
