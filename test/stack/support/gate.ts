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
  await flows.addExecutionToFlow({ flow: form?.displayName ?? '', provider: 'vestibule-gate' });
  const gate = (await flows.getExecutions({ flow })).find(({ providerId }) => providerId === 'vestibule-gate');
  // The whole of it: a priority left out would move the step to the top.
  await flows.updateExecution({ flow }, { ...gate, requirement: 'REQUIRED' });
  await flows.createConfig({ id: gate?.id ?? '', alias: flow, config: { clients: clients.join('##') } });
  await admin.realms.update({ realm }, { registrationFlow: flow });
}
