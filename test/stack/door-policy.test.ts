import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import type { Admin, Kafka, Producer } from 'kafkajs';

import { createKafka, createProducer } from '../../src/adapters/kafka/client.ts';
import { createLog } from '../../src/platform/log.ts';
import { provisionRealm, redirectUri } from '../../stack/realm.ts';
import { addDoor } from './support/door.ts';
import { policyRecords } from './support/door-policy.ts';
import { recordsOf } from './support/kafka-redis.ts';
import { type OwnKafka, startOwnKafka } from './support/own-kafka.ts';
import { type OwnKeycloak, startOwnKeycloak } from './support/own-keycloak.ts';
import { until } from './support/until.ts';

const topic = 'test.door';
const version = 'door policy version';

describe('keycloak, which follows the door policy', () => {
  let broker: OwnKafka;
  let kafka: Kafka;
  let admin: Admin;
  let producer: Producer;
  let nodes: OwnKeycloak[] = [];

  const infos = () => Promise.all(nodes.map((node) => listenerInfo(node)));
  const all = (key: string, value: string) => async () =>
    until(`${key}: ${value}`, infos, (seen) => seen.every((info) => info[key] === value));
  const inForce = (policy: string) => all(version, policy)();
  const publish = async (policy: Omit<Parameters<typeof policyRecords>[0], 'topic'>) => {
    await producer.send({ topic, messages: policyRecords({ topic, ...policy }) });
  };
  const makeTopic = async () => {
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
  };

  beforeAll(async () => {
    broker = await startOwnKafka();
    await broker.kill();
    const options = [`door-topic=${topic}`, 'without-policy=gate', 'request-headers=X-Partner'];
    const start = () =>
      startOwnKeycloak(
        broker.brokers,
        options.map((option) => `--spi-events-listener--vestibule--${option}`),
      );
    nodes = [await start(), await start()];
    kafka = createKafka({ brokers: broker.brokers.split(',') }, createLog('fatal', process.stderr));
    admin = kafka.admin();
    producer = createProducer(kafka);
  }, 600_000);

  afterAll(async () => {
    await producer?.disconnect();
    await admin?.disconnect();
    await Promise.all(nodes.map((node) => node.dispose()));
    await broker?.stop();
  }, 90_000);

  it('starts without Kafka, and says what holds until a policy is there', async () => {
    await all('door policy topic', 'Kafka cannot be reached')();
    for (const info of await infos()) {
      expect(info).toMatchObject({ [version]: 'none', 'without-policy': 'gate', 'request-headers': 'x-partner' });
    }
    // Kafka's administrative client would write it without end.
    const logs = await Promise.all(nodes.map((node) => node.log()));
    expect(logs.filter((log) => /AdminClient .*Rebootstrapping/.test(log))).toHaveLength(0);
  }, 60_000);

  it('waits for the topic, and takes the policy that is published first', async () => {
    await broker.start();
    await all('door policy topic', 'missing')();
    await admin.connect();
    await producer.connect();
    await makeTopic();
    await all('door policy topic', 'followed')();

    await publish({
      version: 'first',
      sequence: 1_000,
      policy: { entries: [entry('shop'), entry('*')], lists: [list] },
    });

    for (const info of await inForce('first')) {
      expect(info).toMatchObject({ 'door policy clients': '2', 'door policy records refused': '0' });
      expect(info['door policy age']).toMatch(/^\d+ s$/);
    }
  }, 120_000);

  it('ignores a policy that somebody else signed, one that nobody signed, and an older one, and counts them', async () => {
    await publish({ version: 'forged', sequence: 3_000, key: 'a-key-that-Keycloak-does-not-have-at-all' });
    const [unsigned] = policyRecords({ topic, version: 'unsigned', sequence: 4_000 });
    await producer.send({ topic, messages: [{ key: unsigned?.key ?? '', value: unsigned?.value ?? '' }] });
    await publish({ version: 'older', sequence: 999 });

    const seen = await all('door policy records refused', '3 (forged 2, older 1)')();
    expect(seen.map((info) => info[version])).toEqual(['first', 'first']);
  }, 60_000);

  it('takes a policy in parts when all of them are there', async () => {
    const [one, two, three] = policyRecords({ topic, version: 'parts', sequence: 5_000, parts: 3 });
    await producer.send({ topic, messages: [one, three].flatMap((record) => record ?? []) });
    await publish({ version: 'older', sequence: 999 }); // after these, to see that they were read
    const seen = await all('door policy records refused', '4 (forged 2, older 2)')();
    expect(seen.map((info) => info[version])).toEqual(['first', 'first']);

    await producer.send({ topic, messages: [two].flatMap((record) => record ?? []) });

    await inForce('parts');
  }, 60_000);

  it('has the policy again after a restart', async () => {
    await nodes[0]?.end();
    await nodes[0]?.start();

    const [restarted] = await inForce('parts');
    expect(restarted).toMatchObject({ 'door policy topic': 'followed' });
  }, 120_000);

  it('keeps the policy while Kafka is away, and takes the next one when it is back', async () => {
    await broker.kill();
    await all('door policy topic', 'Kafka cannot be reached')();
    expect((await infos()).map((info) => info[version])).toEqual(['parts', 'parts']);

    await broker.start();
    await publish({ version: 'back', sequence: 6_000 });
    await inForce('back');
  }, 120_000);

  it('reads a topic that was made anew from its beginning', async () => {
    await admin.deleteTopics({ topics: [topic] });
    await until(
      'the end of the topic',
      () => admin.listTopics(),
      (topics) => !topics.includes(topic),
    );
    await makeTopic();
    await publish({ version: 'anew', sequence: 7_000 });

    await inForce('anew');
  }, 60_000);

  it('records the request headers that are named, and the policy, in the event, and the event store has them', async () => {
    await admin.createTopics({ topics: [{ topic: 'keycloak.events', numPartitions: 1 }], waitForLeaders: true });
    const [node] = nodes as [OwnKeycloak];
    await provisionRealm(node.env, { realm: 'headers', clients: [{ clientId: 'shop' }] });
    const operator = await administratorOf(node);
    operator.setConfig({ realmName: 'headers' });
    await addDoor(operator, 'headers');
    await operator.realms.update({ realm: 'headers' }, { eventsEnabled: true });

    await registerWith({ 'X-Partner': 'P-7', 'X-Other': 'not named' }, `${node.env.KEYCLOAK_URL}/realms/headers`);

    const [record] = await until(
      'the event',
      () => recordsOf({ kafka, admin }, 'keycloak.events'),
      ({ length }) => length > 0,
    );
    const { details } = JSON.parse(record?.value ?? '') as { details: Record<string, string> };
    const told = {
      username: 'ann',
      'header.x-partner': 'P-7',
      vestibule_headers: 'x-partner',
      vestibule_policy: 'anew',
      vestibule_policy_sequence: '7000',
    };
    expect(details).toMatchObject(told);
    expect(Object.keys(details).filter((name) => name.startsWith('header.'))).toEqual(['header.x-partner']);
    const [stored] = await operator.realms.findEvents({ realm: 'headers', type: 'REGISTER' });
    expect(stored?.details).toMatchObject(told);
  }, 60_000);

  it('is at the new policy soon after it is published: figures, of 50 times', async () => {
    const took: number[] = [];
    for (let round = 1; round <= 50; round += 1) {
      const name = `round-${round}`;
      const begun = Date.now();
      await publish({ version: name, sequence: 8_000 + round });
      const times = await Promise.all(nodes.map((node) => timeInForce(node, name)));
      took.push(Math.max(...times) - begun);
    }
    took.sort((left, right) => left - right);
    process.stdout.write(`from publishing to both nodes: median ${took[25]} ms, worst ${took.at(-1)} ms\n`);
    await inForce('round-50');
  }, 120_000);
});

/** What the admin console shows of the listener. */
async function listenerInfo(node: OwnKeycloak): Promise<Record<string, string>> {
  const { providers } = await (await administratorOf(node)).serverInfo.find();
  return providers?.['eventsListener']?.providers?.['vestibule']?.operationalInfo ?? {};
}

async function administratorOf({ env }: OwnKeycloak): Promise<KeycloakAdminClient> {
  const admin = new KeycloakAdminClient({ baseUrl: env.KEYCLOAK_URL, realmName: 'master' });
  await admin.auth({
    grantType: 'password',
    clientId: 'admin-cli',
    username: env.KEYCLOAK_ADMIN_USER,
    password: env.KEYCLOAK_ADMIN_PASSWORD,
  });
  return admin;
}

/** Somebody registers, and a gateway adds headers to each request. */
async function registerWith(headers: Readonly<Record<string, string>>, realmUrl: string): Promise<void> {
  const query = {
    client_id: 'shop',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    prompt: 'create',
  };
  const form = await fetch(`${realmUrl}/protocol/openid-connect/auth?${String(new URLSearchParams(query))}`, {
    headers,
  });
  const cookie = form.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const action = /<form[^>]*id="kc-register-form"[^>]*action="([^"]*)"/.exec(await form.text())?.[1] ?? '';
  const password = 'correct horse';
  const person = { username: 'ann', email: 'ann@example.test', firstName: 'Ann', lastName: 'Lee' };
  const answer = await fetch(action.replaceAll('&amp;', '&'), {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headers, cookie },
    body: new URLSearchParams({ ...person, password, 'password-confirm': password }),
  });
  expect(answer.status).toBe(302);
}

const entry = (client: string) => ({ realm: '*', client, list: 0 });
const list = { file: 'shop.yaml', hold: true, rules: [] };

/** When the node says in its log that the policy is in force. */
async function timeInForce(node: OwnKeycloak, name: string): Promise<number> {
  const line = new RegExp(String.raw`^(\S+) (\S+),(\d{3}) INFO .* Door policy in force: version=${name} `, 'm');
  const log = await until(`the policy ${name} in the log`, node.log, (text) => line.test(text));
  const [, day, time, ms] = line.exec(log) ?? [];
  return new Date(`${day}T${time}.${ms}`).getTime();
}
