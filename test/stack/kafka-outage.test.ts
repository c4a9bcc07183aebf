import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLog } from '../../src/platform/log.ts';
import { linkAbout } from './support/inbox.ts';
import { recordsOf } from './support/kafka-redis.ts';
import { type OwnKafka, startOwnKafka } from './support/own-kafka.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

/** The event store is read every 30 s, up to 10 s before now; and a slow machine needs time. */
const oneTurnMs = 75_000;

let kafka: OwnKafka;
let client: Kafka;
let acme: TestRealm;
let service: TestService;
let desk: string;

beforeAll(async () => {
  kafka = await startOwnKafka();
  client = createKafka({ brokers: [kafka.brokers] }, createLog('silent'));
  acme = await createRealm({
    prefix: 'outage',
    clients: ['closed', 'trash', 'held'].map((clientId) => ({ clientId })),
    groups: ['/partners'],
  });
  desk = `desk@${acme.realm}.test`;
  const asking = `[{ request-approval: { approvers: [${desk}], hold: account, approved: [{ join-group: /partners }] } }]`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'closed.yaml': ruleFor('closed', '[disable-user]'),
      'trash.yaml': ruleFor('trash', '[delete-user]'),
      'held.yaml': ruleFor('held', asking),
    },
    // Keycloak's listener writes to the Kafka of the others: here, registrations come from the event store.
    env: { KAFKA_BROKERS: kafka.brokers },
  });
}, 180_000);

afterAll(async () => {
  kafka?.thaw();
  await service?.dispose();
  await acme?.dispose();
  await kafka?.stop();
}, 60_000);

function ruleFor(name: string, then: string): string {
  return `version: 1\nrealm: ${acme.realm}\nclients: [${name}]\nrules:\n  - name: ${name}\n    then: ${then}\n`;
}

const userOf = (username: string) => acme.userNamed(username);
const closed = (username: string) =>
  until(
    `${username} is shut out`,
    () => userOf(username),
    (user) => user?.enabled === false,
    oneTurnMs,
  );

async function entriesOf(userId: string) {
  const admin = client.admin();
  await admin.connect();
  try {
    const systems = { kafka: client, admin } as Parameters<typeof recordsOf>[0];
    const records = await recordsOf(systems, service.settings.KAFKA_AUDIT_TOPIC);
    return records.filter(({ key }) => key === userId).map(({ value }) => JSON.parse(value ?? ''));
  } finally {
    await admin.disconnect();
  }
}

const readiness = async (): Promise<string> =>
  ((await (await fetch(`${service.opsUrl}/readyz`)).json()) as { checks: { audit: { detail: string } } }).checks.audit
    .detail;

/** Nothing crashed, and nothing was given up. */
function expectSound(pid: number | undefined): void {
  expect(service.pid()).toBe(pid);
  const said = service.log.map(({ msg }) => msg);
  expect(said).not.toContain('a promise was rejected, and nothing handles it; the service ends');
  expect(said).not.toContain('job given up; it stays among the failed ones');
}

describe('while Kafka is away', () => {
  it('closes accounts, takes a vote, and keeps deletions and grants waiting: a Kafka that is frozen', async () => {
    const pid = service.pid();
    await acme.register('held', 'ann');
    const link = await linkAbout('ann', desk, oneTurnMs);
    const ann = (await userOf('ann'))?.id ?? '';

    kafka.freeze();
    const page = await (await press(link, 'approve')).text();
    expect(page).toContain('Your vote “Approve” of');
    expect(page).toContain('is received and is being recorded');
    await acme.register('closed', 'carl');
    await acme.register('trash', 'dora');
    await acme.register('held', 'hugo');
    const [carl, dora] = await Promise.all([closed('carl'), closed('dora'), closed('hugo')]);
    expect(await readiness()).toMatch(/entries wait for Kafka/);
    expect(await userOf('ann')).toMatchObject({ enabled: false });
    expect(await (await fetch(link)).text()).toContain('is received and is being recorded');

    kafka.thaw();
    await until(
      'dora is deleted',
      () => userOf('dora'),
      (user) => user === undefined,
      60_000,
    );
    await until(
      'ann is let in',
      () => userOf('ann'),
      (user) => user?.enabled === true,
      90_000,
    );
    expect(await acme.groupsOf(ann)).toEqual(['/partners']);
    await linkAbout('hugo', desk, oneTurnMs);
    expect(await (await fetch(link)).text()).toContain('Approved by you');
    await until('the audit has caught up', readiness, (detail) => detail === 'Kafka has all entries');

    const voted = (await entriesOf(ann)).filter(({ kind }) => kind === 'voted');
    expect(new Set(voted.map(({ id }) => id)).size).toBe(1);
    expect((await entriesOf(carl?.id ?? '')).map(({ kind }) => kind)).toEqual(['decided', 'step']);
    expect((await entriesOf(dora?.id ?? '')).map(({ step }) => step)).toEqual([
      undefined,
      'disable-user',
      'delete-user',
    ]);
    expectSound(pid);
  }, 400_000);

  it('goes on the same way when Kafka was killed and starts again', async () => {
    const pid = service.pid();
    await kafka.kill();
    await acme.register('closed', 'emil');
    await acme.register('trash', 'fred');
    const [emil] = await Promise.all([closed('emil'), closed('fred')]);

    await kafka.start();
    await until(
      'fred is deleted',
      () => userOf('fred'),
      (user) => user === undefined,
      60_000,
    );
    await until('the audit has caught up', readiness, (detail) => detail === 'Kafka has all entries');

    expect((await entriesOf(emil?.id ?? '')).map(({ kind }) => kind)).toEqual(['decided', 'step']);
    expectSound(pid);
  }, 300_000);
});
