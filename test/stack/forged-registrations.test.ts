import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { signed } from './support/signed.ts';
import { until } from './support/until.ts';

const topic = 'keycloak.events';
let systems: Systems;
let acme: TestRealm;
const services: TestService[] = [];

beforeAll(async () => {
  systems = await connectSystems();
  acme = await createRealm({
    prefix: 'forged',
    clients: [{ clientId: 'open' }, { clientId: 'partners', roles: ['member'] }, { clientId: 'closed' }],
    groups: ['/partners', '/readers'],
  });
}, 120_000);

afterAll(async () => {
  await Promise.all(services.map((service) => service.dispose()));
  await acme?.dispose();
  await systems?.close();
});

async function serve(env: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const rule = (client: string, when: string, then: string): string =>
    `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n${when}    then: ${then}\n`;
  const service = await startService({
    secret: acme.secret,
    rules: {
      'open.yaml': rule('open', '', '[{ join-group: /readers }]'),
      'partners.yaml': rule(
        'partners',
        '    when: { source: "broker:company" }\n',
        '[{ join-group: /partners }, { grant-role: { client: partners, role: member } }]',
      ),
      'closed.yaml': rule('closed', '', '[disable-user]'),
    },
    env,
  });
  services.push(service);
  return service;
}

/** An event as somebody would make it up who has an account and may write to the topic. */
const madeUp = (userId: string, change: object = {}) => ({
  id: randomUUID(),
  time: Date.now(),
  type: 'REGISTER',
  realmId: acme.realm,
  realmName: acme.realm,
  clientId: 'partners',
  userId,
  details: { register_method: 'broker', identity_provider: 'company', username: 'x' },
  ...change,
});

async function publish(event: { userId: string }, headers: Record<string, string> = {}): Promise<void> {
  const messages = [{ key: event.userId, value: JSON.stringify(event), headers }];
  await systems.producer.send({ topic, messages });
}

async function registered(client: string, username: string): Promise<string> {
  await acme.register(client, username);
  return (await acme.userNamed(username))?.id ?? '';
}

const auditOf = (service: TestService, eventId: string) =>
  service.log.filter((line) => line['msg'] === 'audit' && line['eventId'] === eventId);
const endOf = (service: TestService, eventId: string) =>
  until(
    `the end of event ${eventId}`,
    () => auditOf(service, eventId),
    (entries) => entries.some(({ kind }) => kind === 'skipped'),
    90_000,
  );
const joined = (id: string, group: string) =>
  until(
    group,
    () => acme.groupsOf(id),
    (groups) => groups.includes(group),
  );

describe.each([
  ['with a signing key', {}],
  ['without a signing key', { EVENT_SIGNING_KEY: '' }],
])('registrations on the topic, %s', (name, env) => {
  const who = name.startsWith('without') ? 'unsigned' : 'signed';
  let service: TestService;

  beforeAll(async () => {
    service = await serve(env);
  }, 60_000);
  afterAll(() => service?.stop());

  it('a genuine one leads to what the rules say', async () => {
    const id = await registered('open', `${who}-ann`);
    await joined(id, '/readers');
    const closedId = await registered('closed', `${who}-eve`);
    await until(
      'disabled',
      () => acme.userNamed(`${who}-eve`),
      (user) => user?.enabled === false,
    );
    await until(
      'no session',
      () => acme.sessionsOf(closedId),
      (sessions) => sessions === 0,
    );
  }, 60_000);

  it('one that somebody made up for an own new account gives no group and no role', async () => {
    const id = await registered('open', `${who}-mallory`);
    await joined(id, '/readers');
    // Of the future, so that nobody waits for the event store; of the past, the realm was not set up yet.
    const forged = [
      madeUp(id, { time: Date.now() + 120_000 }),
      madeUp(id, { time: Date.now() + 120_000 }),
      madeUp(id, { time: Date.now() + 120_000 }),
    ] as const;
    const beforeSetUp = madeUp(id, { time: Date.now() - 86_400_000 });
    await publish(beforeSetUp);
    const [unsigned, wronglySigned, replayed] = forged;
    await publish(unsigned);
    await publish(wronglySigned, { 'vestibule-signature': 'ab'.repeat(32) });
    const elsewhere = signed('keycloak.events.staging', id, JSON.stringify(replayed), stackEnv.EVENT_SIGNING_KEY);
    await systems.producer.send({ topic, messages: [elsewhere] });

    for (const event of forged) {
      expect(await endOf(service, event.id)).toMatchObject([
        { kind: 'skipped', because: expect.stringContaining('does not know this registration') },
      ]);
    }
    expect(await endOf(service, beforeSetUp.id)).toMatchObject([
      { kind: 'skipped', because: expect.stringContaining('before the realm was set up') },
    ]);
    expect(await acme.groupsOf(id)).toEqual(['/readers']);
    expect(await acme.rolesOf(id, 'partners')).toEqual([]);
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'warn', guard: 'unconfirmed', userId: id, remedy: expect.any(String) }),
    );
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(metrics).toContain(`vestibule_refused_total{realm="${acme.realm}",guard="unconfirmed"}`);
  }, 120_000);

  it('a second one with another id does not shut out again whom somebody let in', async () => {
    const id = await registered('closed', `${who}-nora`);
    await until(
      'the end of the first registration',
      () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === id),
      (entries) => entries.some(({ kind, step }) => kind === 'step' && step === 'disable-user'),
    );
    expect(await acme.userNamed(`${who}-nora`)).toMatchObject({ enabled: false });
    await acme.admin.users.update({ id }, { enabled: true });
    const second = madeUp(id, { clientId: 'closed', time: Date.now() - 61_000, details: {} });
    await publish(second);
    await endOf(service, second.id);
    expect(await acme.userNamed(`${who}-nora`)).toMatchObject({ enabled: true });
  }, 120_000);

  it('the event store decides about one whose record says something else', async () => {
    await service.stop();
    const id = await registered('open', `${who}-olga`);
    const [stored] = await acme.admin.realms.findEvents({ realm: acme.realm, type: ['REGISTER'], user: id } as never);
    // Ahead of the genuine record, as far as the queues can see: the service is not there to read it.
    const genuineId = (stored as { id?: string } | undefined)?.id ?? '';
    await publish(madeUp(id, { id: genuineId, time: stored?.time }));
    await service.restart();
    await joined(id, '/readers');
    expect(await acme.groupsOf(id)).toEqual(['/readers']);
    expect(await acme.rolesOf(id, 'partners')).toEqual([]);
  }, 120_000);
});

describe('a realm that keeps no registrations', () => {
  it('leads to nothing without a key, and says so by name; with EVENTS_TOPIC_TRUSTED it is believed', async () => {
    const config = await acme.admin.realms.getConfigEvents({ realm: acme.realm });
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, { ...config, eventsEnabled: false });
    const service = await serve({ EVENT_SIGNING_KEY: '' });
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'error', realm: acme.realm, msg: expect.stringContaining('can be confirmed') }),
    );
    const id = await registered('open', 'pia');
    const entries = await until(
      'the end',
      () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === id),
      (found) => found.length > 0,
    );
    expect(entries).toMatchObject([{ kind: 'skipped', because: expect.stringContaining('event store') }]);
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'error', guard: 'unconfirmable', remedy: expect.stringContaining('setup') }),
    );
    expect(await acme.groupsOf(id)).toEqual([]);
    await service.stop();

    const trusting = await serve({ EVENT_SIGNING_KEY: '', EVENTS_TOPIC_TRUSTED: 'true' });
    expect(trusting.log).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: expect.stringContaining('EVENTS_TOPIC_TRUSTED') }),
    );
    const secondId = await registered('open', 'quinn');
    await joined(secondId, '/readers');
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, config);
  }, 120_000);
});
