import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../platform/errors.ts';
import { creationsOf, parentOf } from '../door/steps.ts';
import { executionOf } from './door/place-step.ts';
import type { GatePlace, RealmState } from './realm-state.ts';
import { gateId, gateStepId } from './plan-gate.ts';

/** Reads and places the provider's gate in flows, as keycloak/README.md describes it for the console. */

/** Attribute of a client whose new users are held, and its value; known to the provider by the same names. */
export const holdAttribute = { name: 'vestibule.hold', value: 'gate' } as const;

type Listed = Parameters<typeof executionOf>[0] & { readonly id?: string; readonly displayName?: string };

const worstFirst = ['misplaced', 'none', 'off', 'on'] as const;

/** Where the gate stands among the steps of a registration flow. If several forms create users, the worst counts. */
export function gatePlace(listed: readonly Listed[]): GatePlace {
  const steps = listed.map(executionOf);
  const creations = creationsOf(steps, 'form');
  if (creations.length === 0 || creations.some((creation) => parentOf(steps, creation) < 0)) {
    return 'no-form';
  }
  const guards = (gate: number, creation: number): boolean =>
    gate > creation && parentOf(steps, gate) === parentOf(steps, creation);
  const gates = steps.flatMap(({ provider }, index) => (provider === gateStepId ? [index] : []));
  const isAstray = gates.some((gate) => !creations.some((creation) => guards(gate, creation)));
  const places = creations.map((creation): GatePlace => {
    const own = gates.filter((gate) => guards(gate, creation));
    return own.length === 0
      ? isAstray
        ? 'misplaced'
        : 'none'
      : own.some((gate) => steps[gate]?.requirement === 'REQUIRED')
        ? 'on'
        : 'off';
  });
  return worstFirst.find((place) => places.includes(place)) ?? 'on';
}

/** Puts the gate below each step that creates users, in a copy if told so, and binds the flow. Safe to repeat. */
export async function gateRegistration(
  api: KeycloakAdminClient,
  realm: string,
  { flow, copyOf }: { readonly flow: string; readonly copyOf: string | null },
): Promise<void> {
  const { authenticationManagement: flows } = api;
  if (copyOf !== null && !(await flows.getFlows()).some(({ alias }) => alias === flow)) {
    await flows.copyFlow({ flow: copyOf, newName: flow });
  }
  const listed: readonly Listed[] = await flows.getExecutions({ flow });
  const steps = listed.map(executionOf);
  const forms = creationsOf(steps, 'form').flatMap((creation) => listed[parentOf(steps, creation)]?.displayName ?? []);
  if (forms.length === 0) {
    throw new ServiceError('KEYCLOAK_REFUSED', `flow "${flow}" of realm ${realm} has no step that creates the user`);
  }
  for (const form of forms) {
    await requireStep(api, flow, form, gateStepId);
  }
  await api.realms.update({ realm }, { registrationFlow: flow });
}

/** Adds a step at the end of a flow or of one of its parts, unless it is there, and makes it required. @returns its id */
export async function requireStep(
  { authenticationManagement: flows }: KeycloakAdminClient,
  flow: string,
  part: string,
  provider: string,
): Promise<string> {
  const find = async () => {
    const listed = await flows.getExecutions({ flow });
    const steps = listed.map(executionOf);
    return listed.find(
      ({ providerId }, index) =>
        providerId === provider && (listed[parentOf(steps, index)]?.displayName ?? flow) === part,
    );
  };
  if ((await find()) === undefined) {
    await flows.addExecutionToFlow({ flow: part, provider });
  }
  const step = await find();
  // The whole of it: a priority left out would move the step to the top.
  await flows.updateExecution({ flow }, { ...step, requirement: 'REQUIRED' });
  return step?.id ?? '';
}

/** Enables the gate's required action, and moves it below all others: people can confirm their address while they wait. */
export async function repairGateAction({ authenticationManagement: flows }: KeycloakAdminClient): Promise<void> {
  const actions = await flows.getRequiredActions();
  const last = Math.max(...actions.map(({ priority = 0 }) => priority));
  const action = actions.find(({ alias }) => alias === gateId);
  await flows.updateRequiredAction({ alias: gateId }, { ...action, enabled: true, priority: last + 1 });
}

/** Says, in the settings of the required action itself, that `setup --door` took it from the default actions. */
const defaultTaken = 'vestibule-setup-took-default';

/** Keeps the gate's required action for those to whom the gate gives it. */
export async function takeGateDefault({ authenticationManagement: flows }: KeycloakAdminClient): Promise<void> {
  const action = (await flows.getRequiredActions()).find(({ alias }) => alias === gateId);
  const config = { ...action?.config, [defaultTaken]: 'true' };
  await flows.updateRequiredAction({ alias: gateId }, { ...action, defaultAction: false, config });
}

/** Gives the gate's required action to everybody again, as before `takeGateDefault`. */
export async function restoreGateDefault({ authenticationManagement: flows }: KeycloakAdminClient): Promise<void> {
  const action = (await flows.getRequiredActions()).find(({ alias }) => alias === gateId);
  const { [defaultTaken]: _, ...config } = action?.config ?? {};
  await flows.updateRequiredAction({ alias: gateId }, { ...action, defaultAction: true, config });
}

/** Whether `setup --door` took the gate's required action from the default actions. */
export function tookDefault(actions: readonly RequiredAction[]): boolean {
  return actions.find(({ alias }) => alias === gateId)?.config?.[defaultTaken] === 'true';
}

interface RequiredAction {
  readonly alias?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly enabled?: boolean;
  readonly defaultAction?: boolean;
  readonly priority?: number;
}

/** How the gate's required action stands among those of the realm; `null`: it is not registered. */
export function gateActionAmong(actions: readonly RequiredAction[]): RealmState['gateAction'] {
  const gate = actions.find(({ alias }) => alias === gateId);
  const verify = actions.find(({ alias }) => alias === 'VERIFY_EMAIL');
  return gate === undefined
    ? null
    : {
        enabled: gate.enabled === true,
        forEverybody: gate.defaultAction === true,
        belowVerifyEmail: (gate.priority ?? 0) > (verify?.priority ?? -1),
      };
}

/** Lets a client hold anyone who registers for it; its other attributes stay. */
export async function holdClient({ clients }: KeycloakAdminClient, clientId: string): Promise<void> {
  const client = (await clients.find({ clientId })).find((found) => found.clientId === clientId);
  if (client?.id === undefined) {
    throw new ServiceError('KEYCLOAK_REFUSED', `there is no client "${clientId}"`);
  }
  const attributes = { ...client.attributes, [holdAttribute.name]: holdAttribute.value };
  await clients.update({ id: client.id }, { ...client, attributes });
}
