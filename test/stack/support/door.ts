import { randomUUID } from 'node:crypto';

import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { createKafka } from '../../../src/adapters/kafka/client.ts';
import { requireStep } from '../../../src/operate/setup/gate.ts';
import { createLog } from '../../../src/platform/log.ts';
import type { KeycloakAdminEnv } from '../../../stack/realm.ts';
import { policyRecords } from './door-policy.ts';
import { stackEnv } from './realm.ts';
import { until } from './until.ts';

/** Puts a step into a flow, where the priority has it. */
async function placeStep(
  admin: KeycloakAdminClient,
  step: { readonly flow: string; readonly part: string; readonly id: string; readonly priority?: number },
): Promise<void> {
  const { flow, part, id, priority } = step;
  await requireStep(admin, flow, part, id);
  if (priority !== undefined) {
    const { authenticationManagement: flows } = admin;
    const placed = (await flows.getExecutions({ flow })).find(({ providerId }) => providerId === id);
    const moved = { ...placed, priority }; // a field that the client's types do not have
    await flows.updateExecution({ flow }, moved);
  }
}

/** Binds a registration flow with the door above the form, and the door and the gate inside it. */
export async function addDoor(admin: KeycloakAdminClient, realm: string): Promise<string> {
  const flow = 'registration with door';
  await admin.authenticationManagement.copyFlow({ flow: 'registration', newName: flow });
  const form = (await admin.authenticationManagement.getExecutions({ flow })).find(({ level }) => level === 0);
  const part = form?.displayName ?? '';
  await placeStep(admin, { flow, part: flow, id: 'vestibule-door', priority: 0 });
  await placeStep(admin, { flow, part, id: 'vestibule-door-form', priority: 0 });
  await placeStep(admin, { flow, part, id: 'vestibule-gate' });
  await admin.realms.update({ realm }, { registrationFlow: flow });
  return flow;
}

/** A first broker login with the door above the user creation, and the gate at the end. @returns its alias */
export async function addBrokerDoor(admin: KeycloakAdminClient): Promise<string> {
  const flow = 'first broker login with door';
  const { authenticationManagement: flows } = admin;
  await flows.copyFlow({ flow: 'first broker login', newName: flow });
  const top = (await flows.getExecutions({ flow })).filter(({ level }) => level === 0);
  const creation = top.findIndex(({ authenticationFlow }) => authenticationFlow === true);
  const above = (top[creation] as { priority?: number } | undefined)?.priority ?? 0;
  await placeStep(admin, { flow, part: flow, id: 'vestibule-door-broker', priority: above - 1 });
  await placeStep(admin, { flow, part: flow, id: 'vestibule-gate-broker' });
  return flow;
}

/** Publishes door policies as the service does, to a Keycloak that follows a topic of its own. */
export async function doorPublisher(topic: string, keycloak: KeycloakAdminEnv) {
  const kafka = createKafka({ brokers: stackEnv.KAFKA_BROKERS.split(',') }, createLog('fatal', process.stderr));
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let sequence = Date.now();
  return {
    /** Waits until it is in force at the door. */
    publish: async (policy: { readonly entries: readonly unknown[]; readonly lists: readonly unknown[] }) => {
      const version = randomUUID().slice(0, 12);
      sequence += 1;
      await producer.send({ topic, messages: policyRecords({ topic, version, sequence, policy }) });
      await until(
        'the policy in force',
        () => providerInfo(keycloak, 'eventsListener', 'vestibule'),
        (info) => Object.values(info).includes(version),
      );
      return version;
    },
    close: () => producer.disconnect(),
  };
}

/** What the admin console shows of a provider. */
export async function providerInfo(
  keycloak: KeycloakAdminEnv,
  spi: string,
  provider: string,
): Promise<Readonly<Record<string, string>>> {
  const login = await fetch(`${keycloak.KEYCLOAK_URL}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: keycloak.KEYCLOAK_ADMIN_USER,
      password: keycloak.KEYCLOAK_ADMIN_PASSWORD,
    }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${keycloak.KEYCLOAK_URL}/admin/serverinfo`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { providers } = (await answer.json()) as {
    providers: Record<string, { providers: Record<string, { operationalInfo?: Record<string, string> }> }>;
  };
  return providers[spi]?.providers[provider]?.operationalInfo ?? {};
}
