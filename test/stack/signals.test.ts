import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let realm: TestRealm;
let service: TestService;

beforeAll(async () => {
  realm = await createRealm({ prefix: 'signals', clients: [{ clientId: 'shop' }] });
  await realm.admin.realms.update({ realm: realm.realm }, { accessTokenLifespan: 3 });
  service = await startService({
    secret: realm.secret,
    rules: {
      'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: nobody\n    then: [disable-user]\n`,
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await realm?.dispose();
});

interface Answer {
  readonly code: number;
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}

async function readyz(): Promise<Answer> {
  const response = await fetch(`${service.opsUrl}/readyz`);
  return { code: response.status, ...((await response.json()) as Omit<Answer, 'code'>) };
}

/** The value of a metric with these labels; `undefined`: it is not shown. */
async function metric(name: string, labels = ''): Promise<number | undefined> {
  const lines = (await (await fetch(`${service.opsUrl}/metrics`)).text()).split('\n');
  const line = lines.find((text) => text.startsWith(`${name}{`) && text.includes(labels));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

async function setSecret(secret: string): Promise<void> {
  const [client] = await realm.admin.clients.find({ clientId: 'vestibule' });
  await realm.admin.clients.update({ id: client?.id ?? '' }, { ...client, secret });
}

describe('what operators see', () => {
  it('is that all is well: the event store is read, no door is open', async () => {
    const read = () => metric('vestibule_event_store_read_seconds', realm.realm);
    await until('the first look', read, (age) => age !== undefined, 60_000);
    const { code, status, checks } = await readyz();
    expect({ code, status, net: checks['safetyNet']?.detail }).toEqual({
      code: 200,
      status: 'ready',
      net: 'on in every realm',
    });
    expect(await metric('vestibule_open_registrations', 'queue="registrations",state="waiting",older_than="10s"')).toBe(
      0,
    );
  }, 90_000);

  it('is that an event store was turned off, and that it is on again', async () => {
    const { eventsEnabled: _, ...config } = await realm.admin.realms.getConfigEvents({ realm: realm.realm });
    await realm.admin.realms.updateConfigEvents({ realm: realm.realm }, { ...config, eventsEnabled: false });
    const off = () => metric('vestibule_safety_net_off', `realm="${realm.realm}",why="event-store-off"`);
    await until('the fault', off, (value) => value === 1, 90_000);
    const { code, status, checks } = await readyz();
    expect({ code, status }).toEqual({ code: 200, status: 'ready, needs attention' });
    expect(checks['safetyNet']?.detail).toContain(`${realm.realm}: event-store-off since `);
    expect(service.log).toContainEqual(expect.objectContaining({ level: 'error', why: 'event-store-off' }));
    await realm.admin.realms.updateConfigEvents({ realm: realm.realm }, { ...config, eventsEnabled: true });
    await until('the end of it', off, (value) => value === undefined, 90_000);
  }, 200_000);

  it('is that Keycloak refuses the secret: the system, the safety net, and the door that is open', async () => {
    await setSecret('another-secret-0123456789');
    const open = () => metric('vestibule_open_registrations', 'queue="registrations",state="waiting",older_than="10s"');
    let registered = 0;
    await until(
      'a registration that waits',
      async () => {
        registered += 1;
        await realm.register('shop', `user-${registered}`);
        return metric('vestibule_system_away', `system="keycloak",realm="${realm.realm}"`);
      },
      (value) => value === 1,
      60_000,
    );
    await until('an open door in the metrics', open, (count = 0) => count > 0, 60_000);
    const refused = () => metric('vestibule_safety_net_off', `realm="${realm.realm}",why="refused"`);
    await until('the safety net', refused, (value) => value === 1, 90_000);
    const { code, status, checks } = await readyz();
    expect({ code, status }).toEqual({ code: 200, status: 'ready, needs attention' });
    expect(checks['systems']?.detail).toContain(`keycloak ${realm.realm}: since `);
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'error', msg: 'a system does not do its work; what needs it waits' }),
    );
    await setSecret(realm.secret);
    await until('the end of it', open, (count) => count === 0, 60_000);
    expect(await metric('vestibule_open_registrations', 'queue="registrations",state="given-up",older_than="0s"')).toBe(
      0,
    );
    expect(await metric('vestibule_jobs_given_up_total')).toBe(0);
  }, 300_000);
});
