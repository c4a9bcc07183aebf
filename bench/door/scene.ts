import { providerInfo } from '../../test/stack/support/door.ts';
import { stackEnv, type TestRealm } from '../../test/stack/support/realm.ts';
import { startService, type TestService } from '../../test/stack/support/service.ts';
import { until } from '../../test/stack/support/until.ts';
import { benchRealm } from '../bench-realm.ts';
import { untilCaughtUp } from '../caught-up.ts';

/** The topic that the Keycloak of the stack follows. */
const doorTopic = 'vestibule.door';

/** A realm whose flows have door and gate, as `vestibule setup --door` makes them. */
export function doorRealm(prefix: string, clients: readonly string[], groups: readonly string[] = []) {
  return benchRealm({ prefix, clients: clients.map((clientId) => ({ clientId })), groups, setup: { door: true } });
}

/** As Keycloak makes it: without our listener, and without the event store, which our setup turns on. */
export async function plainRealm(prefix: string, clientId: string): Promise<TestRealm> {
  const made = await benchRealm({ prefix, clients: [{ clientId }] });
  await made.admin.realms.updateConfigEvents(
    { realm: made.realm },
    { eventsListeners: ['jboss-logging'], eventsEnabled: false, adminEventsEnabled: false },
  );
  return made;
}

/** A rule file of one client, whose rules are given as YAML. */
export function ruleFile({ realm }: TestRealm, client: string, rules: readonly string[], hold = true): string {
  const lines = rules.map((rule, index) => `  - { name: rule ${index + 1}, ${rule} }`);
  const head = `version: 1\nrealm: ${realm}\nclients: [${client}]\n${hold ? 'hold: gate\n' : ''}`;
  return `${head}rules:\n${lines.join('\n')}\n`;
}

/** The service, whose rules are in force at the door of the stack's Keycloak. */
export async function startAtDoor(
  { secret }: TestRealm,
  rules: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const service = await startService({
    secret,
    rules,
    env: { LOG_LEVEL: 'info', LOCKOUT_LIMIT_PER_MINUTE: '0', KAFKA_DOOR_TOPIC: doorTopic, ...env },
  });
  await until(
    'the rules in force at the door',
    async () => [
      await versionOf(service),
      (await providerInfo(stackEnv, 'eventsListener', 'vestibule'))['door policy version'],
    ],
    ([published, inForce]) => published !== undefined && published === inForce,
    60_000,
  );
  await untilCaughtUp(service);
  return service;
}

/** Of the policy that the service published. */
async function versionOf({ opsUrl }: TestService): Promise<string | undefined> {
  const answer = await fetch(`${opsUrl}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, { detail?: string }> };
  return /^policy (\S+) is published$/.exec(checks['door']?.detail ?? '')?.[1];
}
