import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { gateRegistration, requireStep } from '../../../src/operate/setup/gate.ts';

const gated = { flow: 'registration with gate', copyOf: 'registration' } as const;

/**
 * Puts the provider's gate into a realm's registration form, as `setup --gate` does, but names the clients in the step.
 * @param clients ids or globs of the clients that hold anyone who registers for them
 */
export async function addGate(admin: KeycloakAdminClient, realm: string, clients: readonly string[]): Promise<void> {
  await gateRegistration(admin, realm, gated);
  const steps = await admin.authenticationManagement.getExecutions({ flow: gated.flow });
  await nameClients(admin, steps.find(({ providerId }) => providerId === 'vestibule-gate')?.id ?? '', clients);
}

/**
 * Puts the provider's gate at the end of a copy of the first broker login, as keycloak/README.md says.
 * @returns the flow's alias, for the identity providers that are to use it
 */
export async function addBrokerGate(admin: KeycloakAdminClient, clients: readonly string[]): Promise<string> {
  const flow = 'first broker login with gate';
  await admin.authenticationManagement.copyFlow({ flow: 'first broker login', newName: flow });
  await nameClients(admin, await requireStep(admin, flow, flow, 'vestibule-gate-broker'), clients);
  return flow;
}

async function nameClients(admin: KeycloakAdminClient, id: string, clients: readonly string[]): Promise<void> {
  await admin.authenticationManagement.createConfig({ id, alias: id, config: { clients: clients.join('##') } });
}
