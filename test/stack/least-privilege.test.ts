import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Consumer } from 'kafkajs';

import { createKafka, createProducer } from '../../src/adapters/kafka/client.ts';
import { kafkaError } from '../../src/adapters/kafka/errors.ts';
import { createLog } from '../../src/platform/log.ts';
import { projectDir } from '../../stack/paths.ts';
import { freePort } from '../../stack/ports.ts';
import { press } from '../../stack/press.ts';
import { commandsOf } from './support/doc-commands.ts';
import { vestibule } from './support/command.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { passwordOf, type SecuredSystems, startSecured } from './support/secured-systems.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const log = createLog('silent');
const names = {
  KAFKA_GROUP: 'vestibule',
  KAFKA_EVENTS_TOPIC: 'keycloak.events',
  KAFKA_APPROVALS_TOPIC: 'vestibule.approvals',
  KAFKA_STATE_TOPIC: 'vestibule.state',
  KAFKA_DOOR_TOPIC: 'vestibule.door',
  KAFKA_AUDIT_TOPIC: 'vestibule.audit',
  KAFKA_DEAD_LETTER_TOPIC: 'vestibule.dead-letter',
  REDIS_PREFIX: 'vestibule',
};

let acme: TestRealm;
let secured: SecuredSystems;
let service: TestService;
let listener: Relay;
let page: ReadonlyMap<string, string>;

beforeAll(async () => {
  [acme, secured, page] = await Promise.all([
    createRealm({ prefix: 'rights', clients: [{ clientId: 'portal' }], groups: ['/partners'] }),
    startSecured(['keycloak', 'vestibule', 'operator', 'stranger']),
    commandsOf('docs/least-privilege.md'),
  ]);
  const values = {
    REPLICAS: '1',
    IN_SYNC: '1',
    KEYCLOAK_PASSWORD: passwordOf('keycloak'),
    VESTIBULE_PASSWORD: passwordOf('vestibule'),
    OPERATOR_PASSWORD: passwordOf('operator'),
    REDIS_PASSWORD: passwordOf('vestibule'),
  };
  const run = (name: string, change = (commands: string) => commands) =>
    secured.run(change(page.get(name) ?? ''), { ...values, STRANGER_PASSWORD: passwordOf('stranger') });
  const [first = ''] = page.get('users')?.split(/^(?=kafka-configs\.sh)/m) ?? [];
  await Promise.all([
    run('users'),
    run('users', () => first.replace('keycloak', 'stranger').replace('KEYCLOAK', 'STRANGER')),
    run('rights'),
    run('redis'),
  ]);
  await run('topics'); // by the operator, whose rights these are
  listener = await startRelay(acme.realm);
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': `version: 1
realm: ${acme.realm}
clients: [portal]
rules:
  - name: a flood
    when: { registrations-over: { count: 1000, within: 1h, by: ip-range } }
    then: [disable-user]
  - name: the desk decides
    then:
      - request-approval:
          approvers: [desk@${acme.realm}.test]
          approved: [{ join-group: /partners }, { notify-user: welcome }]
          rejected: [{ delete-user: { after: 7d } }]
`,
    },
    env: {
      ...names,
      KAFKA_BROKERS: secured.broker,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'vestibule',
      KAFKA_SASL_PASSWORD: passwordOf('vestibule'),
      REDIS_URL: secured.redisUrl('vestibule'),
    },
  });
}, 400_000);

afterAll(async () => {
  await service?.dispose();
  await listener?.stop();
  await Promise.all([secured?.stop(), acme?.dispose()]);
});

const mailOf = (username: string): string => `${username}@people.${acme.realm}.test`;

interface Relay {
  stop(): Promise<void>;
}

/**
 * Keycloak is shared, and its listener writes to the shared Kafka. This takes its records from there and writes them, as
 * they are, to the secured one: by Kafka's own Java producer, idempotent as the listener's is, with the login `keycloak`.
 */
async function startRelay(realm: string): Promise<Relay> {
  const child = spawn(
    'kafka-console-producer.sh',
    (
      `--bootstrap-server ${secured.broker} --command-config keycloak.properties --topic keycloak.events --sync ` +
      '--command-property acks=all --command-property enable.idempotence=true ' +
      '--reader-property parse.key=true --reader-property parse.headers=true'
    ).split(' '),
    { cwd: secured.dir, env: { ...process.env, ...secured.env }, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  void text(child.stderr).then((said) => /Exception|ERROR/.test(said) && console.error(said));
  const shared = createKafka({ brokers: stackEnv.KAFKA_BROKERS.split(',') }, log);
  const consumer: Consumer = shared.consumer({ groupId: `rights-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: 'keycloak.events' });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers = {} } }) => {
      if (String(value).includes(`"realmName":"${realm}"`)) {
        const heads = Object.entries(headers).map(([name, head]) => `${name}:${String(head)}`);
        child.stdin.write(`${heads.join(',')}\t${String(key)}\t${String(value)}\n`);
      }
    },
  });
  await joined;
  return {
    stop: async () => {
      child.stdin.end();
      child.kill();
      await consumer.disconnect();
    },
  };
}

function kafkaAs(user: string) {
  const sasl = { mechanism: 'scram-sha-512', username: user, password: passwordOf(user) } as const;
  return createKafka({ brokers: [secured.broker], sasl, retries: 0 }, log);
}

const kafkaRefusal = (error: unknown): string => String(kafkaError(error, 'try').details['type']);

/** `written`, or Kafka's name of its refusal. */
async function write(user: string, topic: string): Promise<string> {
  const producer = createProducer(kafkaAs(user));
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ key: 'x', value: 'not a record of ours' }] });
    return 'written';
  } catch (error) {
    return kafkaRefusal(error);
  } finally {
    await producer.disconnect();
  }
}

async function doctor(change: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [join(projectDir, 'bin/vestibule.js'), 'doctor', '--format', 'json'], {
    env: { ...service.settings, ...change },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { findings } = JSON.parse(await text(child.stdout)) as {
    findings: { level: string; id: string; what: string; remedy?: string }[];
  };
  return findings.filter(({ level }) => level !== 'ok');
}

/** Starts a service beside the other one, which has to fail: what its last lines say, or those of a start that does not end. */
async function failedStart(change: Readonly<Record<string, string>>): Promise<string> {
  const ports = { HTTP_PORT: String(await freePort()), OPS_PORT: '0', KAFKA_GROUP: 'vestibule' };
  const child = spawn(process.execPath, [join(projectDir, 'bin/vestibule.js'), 'run'], {
    env: { ...service.settings, ...ports, ...change },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const said = await text(child.stdout);
  clearTimeout(late);
  const lines = said
    .trim()
    .split('\n')
    .filter((line) => /"level":"(fatal|error|warn)"/.test(line));
  expect(said).not.toContain('vestibule is open');
  return lines.slice(-6).join('\n');
}

/** The mail that asks the desk about somebody. */
async function askedAbout(username: string) {
  const find = async () =>
    (await mailsTo(`desk@${acme.realm}.test`)).find(({ text }) => text.includes(mailOf(username)));
  const mail = await until(`the question about ${username}`, find, (found) => found !== undefined, 60_000);
  return mail ?? { subject: '', text: '', html: '', recipients: [], headers: {} };
}

async function approve(username: string): Promise<void> {
  const link = linkIn(await askedAbout(username));
  expect((await press(link, 'approve')).status).toBe(200);
}

describe('docs/least-privilege.md', () => {
  it('has every command that this file needs', () => {
    expect([...page.keys()]).toEqual(['users', 'rights', 'topics', 'redis']);
  });

  it('is enough for a registration: asked, approved by mail, let in, told', async () => {
    await acme.register('portal', 'ada', mailOf('ada'));
    await approve('ada');
    await mailTo(mailOf('ada'), 'Welcome');
    const { id = '' } = (await acme.userNamed('ada')) ?? {};
    await expect(acme.groupsOf(id)).resolves.toContain('/partners');
    expect(service.log.filter(({ msg }) => msg === 'topics created')).toEqual([]);
  }, 120_000);

  it('is enough for a restart, and for a Redis that comes back empty while somebody waits', async () => {
    await acme.register('portal', 'bob', mailOf('bob'));
    const link = linkIn(await askedAbout('bob'));
    await service.stop();
    await secured.run('redis-cli -u "$REDIS_ADMIN_URL" FLUSHALL');
    await service.restart();
    await until(
      'the page',
      async () => (await fetch(link)).status,
      (status) => status === 200,
    );
    await approve('bob');
    await mailTo(mailOf('bob'), 'Welcome');
  }, 150_000);

  it("is enough for the operator's commands, with the operator's login and the service's Redis", async () => {
    await acme.register('portal', 'eve', mailOf('eve'));
    expect((await press(linkIn(await askedAbout('eve')), 'reject')).status).toBe(200);
    expect(await write('keycloak', 'keycloak.events')).toBe('written'); // a record that nobody can read
    const { id = '' } = (await acme.userNamed('eve')) ?? {};
    const login = { KAFKA_SASL_USERNAME: 'operator', KAFKA_SASL_PASSWORD: passwordOf('operator') };
    const run = (command: string) => vestibule(command.split(' '), { ...service.settings, ...login });
    await until(
      'the step that waits',
      () => run(`jobs list --state delayed --user ${id}`),
      ({ out }) => out.includes('delete-user'),
      60_000,
    );
    expect(await run(`jobs drop --all --state delayed --user ${id} --yes`)).toMatchObject({ code: 0, err: '' });
    expect(await run(`history --realm ${acme.realm} --user ${id}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('dropped'),
    });
    const list = () => run('dead-letters list');
    await until('the dead letter', list, ({ out }) => out.includes('not JSON'));
    expect(await run('dead-letters replay --all --unreadable --yes')).toMatchObject({ code: 0, err: '' });
    await until('the next one', list, ({ out }) => out.includes('not JSON'));
    expect(await run('dead-letters drop --all --yes')).toMatchObject({ code: 0, err: '' });
  }, 150_000);

  it('is enough in all that the service did: nothing was refused', async () => {
    const denied = (await secured.run('redis-cli -u "$REDIS_ADMIN_URL" ACL LOG')).trim();
    expect(denied.replaceAll(/[[\]\s]/g, '')).toBe('');
    expect(service.log.filter((line) => JSON.stringify(line).includes('AUTHORIZATION'))).toEqual([]);
    const errors = service.log.filter(
      ({ level, msg }) => level === 'error' && msg !== 'a record goes to the dead letters',
    );
    expect(errors).toEqual([]);
  });

  it('is enough for the doctor, who finds no fault with it', async () => {
    expect((await doctor()).filter(({ id }) => /^(kafka|redis)/.test(id))).toEqual([]);
  }, 90_000);

  it('without the right to write the audit, the service goes on and lets nobody in; with it again, it catches up', async () => {
    const right = (change: string) =>
      secured.run(
        `kafka-acls.sh --bootstrap-server "$BROKER" --command-config admin.properties ${change} ` +
          '--allow-principal User:vestibule --operation Write --topic vestibule.audit',
      );
    const pid = service.pid();
    await acme.register('portal', 'ida', mailOf('ida'));
    await askedAbout('ida');

    await right('--remove --force');
    await approve('ida');
    await until(
      'entries wait in Redis',
      async () => (await fetch(`${service.opsUrl}/readyz`)).text(),
      (checks) => checks.includes('entries wait for Kafka'),
      60_000,
    );
    expect(await acme.userNamed('ida')).toMatchObject({ enabled: false });
    expect(service.log.map(({ msg }) => msg)).toContain('Kafka takes no audit entries; they wait in Redis');

    await right('--add');
    await mailTo(mailOf('ida'), 'Welcome');
    expect(service.pid()).toBe(pid);
  }, 180_000);

  it('a login without these rights: the doctor names it, what it lacks, and the command', async () => {
    const stranger = await doctor({ KAFKA_SASL_USERNAME: 'stranger', KAFKA_SASL_PASSWORD: passwordOf('stranger') });
    expect(stranger).toContainEqual(
      expect.objectContaining({
        id: 'kafka-topic-missing',
        what: 'there is no topic vestibule.audit, or the login stranger has no right on it',
        remedy: expect.stringContaining('--allow-principal User:stranger --operation Write --topic vestibule.audit'),
      }),
    );
    const keycloak = await doctor({ KAFKA_SASL_USERNAME: 'keycloak', KAFKA_SASL_PASSWORD: passwordOf('keycloak') });
    expect(keycloak).toContainEqual(
      expect.objectContaining({
        id: 'kafka-group-right',
        what: 'the login keycloak lacks the right Read on the consumer group vestibule',
        remedy: expect.stringContaining('--allow-principal User:keycloak --operation Read --group vestibule'),
      }),
    );
  }, 120_000);

  it('a Redis user without INFO: the doctor names the right', async () => {
    await secured.run('redis-cli -u "$REDIS_ADMIN_URL" ACL SETUSER blind on ">of-blind" "~*" +@all -info');
    expect(await doctor({ REDIS_URL: secured.redisUrl('blind') })).toContainEqual(
      expect.objectContaining({ id: 'redis-rights', what: expect.stringContaining('INFO') }),
    );
  }, 90_000);

  it.each([
    ['keycloak', 'keycloak.events', 'written'],
    ['keycloak', 'vestibule.approvals', 'TOPIC_AUTHORIZATION_FAILED'],
    ['keycloak', 'vestibule.audit', 'TOPIC_AUTHORIZATION_FAILED'],
    ['vestibule', 'keycloak.events', 'TOPIC_AUTHORIZATION_FAILED'],
    ['operator', 'vestibule.approvals', 'TOPIC_AUTHORIZATION_FAILED'],
    ['operator', 'keycloak.events', 'written'],
    ['operator', 'vestibule.audit', 'written'],
    ['stranger', 'keycloak.events', 'TOPIC_AUTHORIZATION_FAILED'],
    ['stranger', 'vestibule.approvals', 'TOPIC_AUTHORIZATION_FAILED'],
    ['stranger', 'vestibule.audit', 'TOPIC_AUTHORIZATION_FAILED'],
    ['stranger', 'vestibule.dead-letter', 'TOPIC_AUTHORIZATION_FAILED'],
  ])('%s, who writes to %s: %s', async (user, topic, outcome) => {
    await expect(write(user, topic)).resolves.toBe(outcome);
  });

  it.each<[string, string, () => Readonly<Record<string, string>>, RegExp]>([
    ['password of Kafka', 'KAFKA_SASL_PASSWORD', () => ({ KAFKA_SASL_PASSWORD: 'wrong' }), /KAFKA_SASL_USERNAME/],
    ['login of Kafka', 'KAFKA_SASL_USERNAME', () => ({ KAFKA_SASL_USERNAME: 'nobody' }), /KAFKA_SASL_PASSWORD/],
    ['mechanism of Kafka', 'KAFKA_SASL_MECHANISM', () => ({ KAFKA_SASL_MECHANISM: 'plain' }), /KAFKA_SASL_MECHANISM/],
    [
      'password of Redis',
      'REDIS_URL',
      () => ({ REDIS_URL: secured.redisUrl('vestibule').replace('of-vestibule', 'wrong') }),
      /REDIS_URL/,
    ],
    ['user of Redis', 'REDIS_URL', () => ({ REDIS_URL: secured.redisUrl('nobody') }), /REDIS_URL/],
    [
      'login of Kafka that lacks rights on topics',
      'KAFKA_SASL_USERNAME',
      () => ({ KAFKA_SASL_USERNAME: 'stranger', KAFKA_SASL_PASSWORD: passwordOf('stranger') }),
      /grant the rights with the commands of docs.least-privilege/,
    ],
  ])(
    'does not start with a wrong %s, and names %s',
    async (_, setting, change, remedy) => {
      const said = await failedStart(change());
      expect(said).toMatch(remedy);
      expect({ setting, said }).toEqual({
        setting,
        said: expect.not.stringMatching(/of-vestibule|of-stranger|:wrong@/),
      });
    },
    90_000,
  );

  it('does not start for a Redis user without INFO, and names the setting and the right', async () => {
    await secured.run('redis-cli -u "$REDIS_ADMIN_URL" ACL SETUSER unseeing on ">of-unseeing" "~*" "&*" +@all -info');
    expect(await failedStart({ REDIS_URL: secured.redisUrl('unseeing') })).toMatch(/REDIS_URL lacks a right .*info/);
  }, 90_000);

  it('lets nobody but the operator make topics', async () => {
    for (const user of ['keycloak', 'vestibule', 'stranger']) {
      const admin = kafkaAs(user).admin();
      await admin.connect();
      const made = await admin.createTopics({ topics: [{ topic: 'vestibule.more' }] }).catch(kafkaRefusal);
      expect({ user, made }).toEqual({ user, made: 'TOPIC_AUTHORIZATION_FAILED' });
      await admin.disconnect();
    }
  });

  it.each([
    [['GET', 'other:key'], /NOPERM/],
    [['SET', 'other:key', 'x'], /NOPERM/],
    [['FLUSHALL'], /NOPERM/],
    [['KEYS', '*'], /NOPERM/],
    [['CONFIG', 'GET', 'dir'], /NOPERM/],
    [['ACL', 'LIST'], /NOPERM/],
    [['CLIENT', 'LIST'], /NOPERM/],
    [['SCRIPT', 'FLUSH'], /NOPERM/],
    [['PUBLISH', 'vestibule:x', 'y'], /NOPERM/],
    [['EVAL', "return redis.call('GET', 'other:key')", '0'], /can't access at least one of the keys|NOPERM/],
  ])("keeps the service's Redis user from %j", async ([command = '', ...args], refusal) => {
    const redis = new Redis(secured.redisUrl('vestibule'), { retryStrategy: () => null });
    try {
      await expect(redis.call(command, ...args)).rejects.toThrow(refusal);
    } finally {
      redis.disconnect();
    }
  });

  it('lets the operator set the group back, with the service stopped', async () => {
    await service.stop();
    const said = await secured.run(
      `kafka-consumer-groups.sh --bootstrap-server "$BROKER" --command-config operator.properties --group vestibule \
        --topic keycloak.events --reset-offsets --to-datetime 2026-03-02T08:00:00.000 --execute`,
    );
    expect(said).toMatch(/vestibule\s+keycloak\.events\s+0\s+0/);
  }, 120_000);
});
