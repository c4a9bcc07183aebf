import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../../platform/errors.ts';
import { makeRoom } from '../../door/priorities.ts';
import { doorSteps, type DoorStep, isAt, parentOf, placeFor, type StepPlace, straysOf } from '../../door/steps.ts';
import type { Execution } from '../../door/execution.ts';

/** Keycloak's answer has a priority too, which the client's types lack. */
type Listed = Awaited<ReturnType<KeycloakAdminClient['authenticationManagement']['getExecutions']>>[number] & {
  readonly priority?: number;
};

export function executionOf({
  level = 0,
  requirement = 'DISABLED',
  providerId,
  authenticationFlow,
}: Listed): Execution {
  return { level, requirement, provider: authenticationFlow === true ? null : (providerId ?? null) };
}

/** Puts a step of ours where it belongs in a flow, once, and makes it required. Safe to repeat. */
export async function placeStep(api: KeycloakAdminClient, flow: string, id: string): Promise<void> {
  const { authenticationManagement: flows } = api;
  const step = doorSteps.find((each) => each.id === id);
  if (step === undefined) {
    throw new Error(`${id} is no step of the door`);
  }
  const before: readonly Listed[] = await flows.getExecutions({ flow });
  const place = placeIn(before, step, flow);
  if (!before.some(({ providerId }, index) => providerId === id && parentIn(before, index) === place.parent)) {
    await flows.addExecutionToFlow({ flow: before[place.parent]?.displayName ?? flow, provider: id });
  }
  await takeSettings(api, await flows.getExecutions({ flow }), flow, step);
  const listed: readonly Listed[] = await flows.getExecutions({ flow });
  await putInOrder(api, flow, listed, placeIn(listed, step, flow), step);
  await removeStrays(api, flow, step);
}

/** Gives it the settings of one that stands elsewhere, if it has none. */
async function takeSettings(
  { authenticationManagement: flows }: KeycloakAdminClient,
  listed: readonly Listed[],
  flow: string,
  step: DoorStep,
): Promise<void> {
  const { parent } = placeIn(listed, step, flow);
  const all = listed.flatMap((each, index) => (each.providerId === step.id ? [{ each, index }] : []));
  const own = all.find(({ index }) => parentIn(listed, index) === parent)?.each;
  const elsewhere = all.map(({ each }) => each.authenticationConfig).find((config) => config !== undefined);
  if (own !== undefined && own.authenticationConfig === undefined && elsewhere !== undefined) {
    const { alias, config = {} } = await flows.getConfig({ id: elsewhere });
    await flows.createConfig({ id: own.id ?? '', alias: `${alias} moved`, config });
  }
}

/** Comes last: until then, what stands elsewhere may be all that is in force. */
async function removeStrays(
  { authenticationManagement: flows }: KeycloakAdminClient,
  flow: string,
  step: DoorStep,
): Promise<void> {
  const listed: readonly Listed[] = await flows.getExecutions({ flow });
  for (const index of straysOf(listed.map(executionOf), step)) {
    await flows.delExecution({ id: listed[index]?.id ?? '' });
  }
}

/** Before the step that it guards, right behind it, or behind all others. */
async function putInOrder(
  { authenticationManagement: flows }: KeycloakAdminClient,
  flow: string,
  listed: readonly Listed[],
  place: StepPlace,
  { id: provider, side }: DoorStep,
): Promise<void> {
  const part = listed.map((_, index) => index).filter((index) => parentIn(listed, index) === place.parent);
  const ours = part.find((index) => listed[index]?.providerId === provider);
  const own = ours === undefined ? undefined : listed[ours];
  if (ours === undefined || own === undefined) {
    throw new ServiceError('KEYCLOAK_REFUSED', `the step ${provider} did not stay in the flow "${flow}"`);
  }
  const others = part.filter((index) => index !== ours);
  const anchor = others.indexOf(place.anchor);
  const target = { before: anchor, 'right-after': anchor + 1, after: others.length }[side];
  const { priority, moved } = isAt(place, listed.map(executionOf), ours, side)
    ? { priority: own.priority ?? 0, moved: [] }
    : makeRoom(
        others.map((index) => ({ id: listed[index]?.id ?? '', priority: listed[index]?.priority ?? 0 })),
        target,
      );
  // Each as a whole: a field that is left out would be reset.
  for (const { id, priority: later } of moved) {
    const whole = { ...listed.find((each) => each.id === id), priority: later };
    await flows.updateExecution({ flow }, whole);
  }
  const whole = { ...own, requirement: 'REQUIRED', priority };
  await flows.updateExecution({ flow }, whole);
}

function placeIn(listed: readonly Listed[], step: DoorStep, flow: string): StepPlace {
  const place = placeFor(listed.map(executionOf), step);
  if (typeof place === 'string') {
    throw new ServiceError('KEYCLOAK_REFUSED', `the flow "${flow}" has no place for the step ${step.id}`);
  }
  return place;
}

function parentIn(listed: readonly Listed[], index: number): number {
  return parentOf(listed.map(executionOf), index);
}
