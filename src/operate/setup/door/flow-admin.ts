import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { NetworkError } from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../../platform/errors.ts';
import { restoreGateDefault } from '../gate.ts';
import { doorSteps } from '../../door/steps.ts';
import type { Execution } from '../../door/execution.ts';
import { executionOf, placeStep } from './place-step.ts';
import {
  type Binding,
  copyNameOf,
  type DoorChange,
  type DoorState,
  type FlowState,
  madeFrom,
  markOf,
} from './state.ts';

interface RealmFlows {
  readonly registrationFlow?: string;
  readonly firstBrokerLoginFlow?: string;
}

/** Keycloak's default. */
const pageSize = 100;

/** Reads how the flows of a realm stand. */
export async function doorState(api: KeycloakAdminClient, realm: string): Promise<DoorState> {
  const [all, bindings, server] = await Promise.all([
    api.authenticationManagement.getFlows(),
    bindingsOf(api, realm),
    api.serverInfo.find(),
  ]);
  const installed = Object.values(server.providers ?? {}).flatMap(({ providers }) => Object.keys(providers));
  const copyNames = new Set(bindings.map(({ flow }) => copyNameOf(flow)));
  const flows: FlowState[] = [];
  for (const { id = '', alias = '', builtIn = false, description } of all) {
    const origin = madeFrom({ id, alias, description });
    const bound = bindings.filter(({ flow }) => flow === alias).map(({ to }) => to);
    if (bound.length > 0 || origin !== null || copyNames.has(alias)) {
      const steps = await stepsOf(api, alias);
      const way = bound.some(({ kind }) => kind === 'registration') ? 'form' : 'broker';
      flows.push({ alias, way, builtIn, madeFrom: origin, bound, steps });
    }
  }
  return {
    lacking: doorSteps.map(({ id }) => id).filter((id) => !installed.includes(id)),
    flows,
    aliases: all.flatMap(({ alias }) => (alias === undefined ? [] : [alias])),
  };
}

/** Safe to repeat. */
export async function applyDoor(api: KeycloakAdminClient, realm: string, change: DoorChange): Promise<void> {
  const { authenticationManagement: flows } = api;
  switch (change.kind) {
    case 'copy-flow':
      await flows.copyFlow({ flow: change.copyOf, newName: change.flow });
      return mark(api, change.flow, change.copyOf);
    case 'mark-flow':
      return mark(api, change.flow, change.copyOf);
    case 'place-step':
      return placeStep(api, change.flow, change.step);
    case 'bind-flow':
      return bind(api, realm, change.flow, change.to);
    case 'delete-flow':
      await flows.deleteFlow({ flowId: (await flowNamed(api, change.flow)).id ?? '' });
      return;
    case 'restore-gate-default':
      return restoreGateDefault(api);
  }
}

async function mark(api: KeycloakAdminClient, flow: string, copyOf: string): Promise<void> {
  const copy = await flowNamed(api, flow);
  const { id: flowId = '' } = copy;
  await api.authenticationManagement.updateFlow({ flowId }, { ...copy, description: markOf(copyOf, flowId) });
}

async function bind(api: KeycloakAdminClient, realm: string, flow: string, to: Binding): Promise<void> {
  switch (to.kind) {
    case 'registration':
      return api.realms.update({ realm }, { registrationFlow: flow });
    case 'broker-default': {
      // A field that the client's types lack.
      const change: Parameters<typeof api.realms.update>[1] & RealmFlows = { firstBrokerLoginFlow: flow };
      return api.realms.update({ realm }, change);
    }
    case 'provider': {
      const alias = to.provider;
      // Keycloak shows a placeholder for each secret, and keeps the secret when the placeholder comes back.
      const provider = await api.identityProviders.findOne({ alias });
      return api.identityProviders.update({ alias }, { ...provider, firstBrokerLoginFlowAlias: flow });
    }
  }
}

async function bindingsOf(api: KeycloakAdminClient, realm: string) {
  const settings: RealmFlows | null | undefined = await api.realms.findOne({ realm });
  const bindings: { readonly flow: string; readonly to: Binding }[] = [
    { flow: settings?.registrationFlow ?? 'registration', to: { kind: 'registration' } },
    { flow: settings?.firstBrokerLoginFlow ?? 'first broker login', to: { kind: 'broker-default' } },
  ];
  for (const { alias: provider = '', firstBrokerLoginFlowAlias: flow = '' } of await allProviders(api)) {
    if (flow !== '') {
      bindings.push({ flow, to: { kind: 'provider', provider } });
    }
  }
  return bindings;
}

async function allProviders({ identityProviders }: KeycloakAdminClient) {
  const all: Awaited<ReturnType<typeof identityProviders.find>> = [];
  for (;;) {
    const page = await identityProviders.find({ first: all.length, max: pageSize });
    all.push(...page);
    if (page.length < pageSize) {
      return all;
    }
  }
}

async function stepsOf(api: KeycloakAdminClient, flow: string): Promise<readonly Execution[] | null> {
  return (await listedIn(api, flow))?.map(executionOf) ?? null;
}

/** @returns `null` where Keycloak lacks the provider of a step, and so lists none of the flow */
export async function listedIn({ authenticationManagement: flows }: KeycloakAdminClient, flow: string) {
  try {
    return await flows.getExecutions({ flow });
  } catch (error) {
    if (error instanceof NetworkError && error.response.status === 404) {
      return null;
    }
    throw error;
  }
}

async function flowNamed({ authenticationManagement: flows }: KeycloakAdminClient, alias: string) {
  const flow = (await flows.getFlows()).find((each) => each.alias === alias);
  if (flow === undefined) {
    throw new ServiceError('KEYCLOAK_REFUSED', `there is no flow "${alias}"`);
  }
  return flow;
}
