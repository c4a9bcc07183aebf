import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

/**
 * Puts the provider's gate into a realm's registration form, below the user creation, as keycloak/README.md says.
 * @param clients ids or globs of the clients that hold whoever registers for them
 */
export async function addGate(admin: KeycloakAdminClient, realm: string, clients: readonly string[]): Promise<void> {
  const flow = 'registration with gate';
  const { authenticationManagement: flows } = admin;
  await flows.copyFlow({ flow: 'registration', newName: flow });
  const form = (await flows.getExecutions({ flow })).find(({ authenticationFlow }) => authenticationFlow);
  await addStep(admin, flow, form?.displayName ?? '', 'vestibule-gate', clients);
  await admin.realms.update({ realm }, { registrationFlow: flow });
}

/**
 * Puts the provider's gate at the end of a copy of the first broker login, as keycloak/README.md says.
 * @returns the flow's alias, for the identity providers that are to use it
 */
export async function addBrokerGate(admin: KeycloakAdminClient, clients: readonly string[]): Promise<string> {
  const flow = 'first broker login with gate';
  await admin.authenticationManagement.copyFlow({ flow: 'first broker login', newName: flow });
  await addStep(admin, flow, flow, 'vestibule-gate-broker', clients);
  return flow;
}

async function addStep(
  { authenticationManagement: flows }: KeycloakAdminClient,
  flow: string,
  parent: string,
  provider: string,
  clients: readonly string[],
): Promise<void> {
  await flows.addExecutionToFlow({ flow: parent, provider });
  const gate = (await flows.getExecutions({ flow })).find(({ providerId }) => providerId === provider);
  // The whole of it: a priority left out would move the step to the top.
  await flows.updateExecution({ flow }, { ...gate, requirement: 'REQUIRED' });
  await flows.createConfig({ id: gate?.id ?? '', alias: flow, config: { clients: clients.join('##') } });
}
