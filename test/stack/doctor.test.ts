import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { SMTPServer } from 'smtp-server';

import { ensureTopics } from '../../src/adapters/kafka/topics.ts';
import { connectRedis } from '../../src/adapters/redis/connect.ts';
import { type DoctorOptions, examine } from '../../src/operate/doctor/doctor.ts';
import type { Finding } from '../../src/operate/doctor/finding.ts';
import type { Change } from '../../src/operate/setup/realm-state.ts';
import { RealmAdmin } from '../../src/operate/setup/realm-admin.ts';
import { redisBinary } from '../../stack/distributions/redis.ts';
import { projectDir } from '../../stack/paths.ts';
import { freePort } from '../../stack/ports.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { until } from './support/until.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

const admin = { user: stackEnv.KEYCLOAK_ADMIN_USER, password: stackEnv.KEYCLOAK_ADMIN_PASSWORD };

let acme: TestRealm;
let systems: Systems;
let home: string;
let healthy: Record<string, string>;

beforeAll(async () => {
  acme = await createRealm({ prefix: 'doctor', clients: [{ clientId: 'blog', roles: ['editor'] }] });
  systems = await connectSystems();
  await ensureTopics(systems.admin, systems.topics, systems.log);
  // A broker that is seconds old still loads what it knows of groups.
  const { admin, prefix } = systems;
  await until(
    'the coordinator of the group',
    () =>
      admin.describeGroups([prefix]).then(
        () => true,
        () => false,
      ),
    (loaded) => loaded,
  );
  home = await mkdtemp(join(tmpdir(), 'vestibule-doctor-'));
  healthy = {
    KEYCLOAK_URL: stackEnv.KEYCLOAK_URL,
    KEYCLOAK_CLIENT_SECRET: acme.secret,
    KAFKA_BROKERS: stackEnv.KAFKA_BROKERS,
    KAFKA_GROUP: systems.prefix,
    KAFKA_APPROVALS_TOPIC: systems.topics.approvals,
    KAFKA_STATE_TOPIC: systems.topics.state,
    KAFKA_DOOR_TOPIC: systems.topics.door,
    KAFKA_AUDIT_TOPIC: systems.topics.audit,
    KAFKA_DEAD_LETTER_TOPIC: systems.topics.deadLetters,
    REDIS_URL: stackEnv.REDIS_URL,
    SMTP_URL: stackEnv.SMTP_URL,
    MAIL_FROM: stackEnv.MAIL_FROM,
    PUBLIC_URL: 'https://127.0.0.1:9',
    LINK_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    RULES_DIR: await rules('[{ notify-user: welcome }]'),
  };
}, 60_000);

afterAll(async () => {
  await systems?.close();
  await acme?.dispose();
  await rm(home, { recursive: true, force: true });
});

/** A folder with one rule for the realm of this file. */
async function rules(then: string): Promise<string> {
  const dir = await mkdtemp(join(home, 'rules-'));
  await writeFile(
    join(dir, 'blog.yaml'),
    `version: 1\nrealm: ${acme.realm}\nclients: [blog]\nrules:\n  - name: all\n    then: ${then}\n`,
  );
  return dir;
}

async function findings(
  change: Record<string, string> = {},
  options: Partial<DoctorOptions> = {},
): Promise<readonly Finding[]> {
  const sections = await examine({ env: { ...healthy, ...change }, admin: null, ...options });
  return sections.flatMap((section) => section.findings);
}

/** What is found wrong, as "level id". */
async function faults(change: Record<string, string> = {}, options: Partial<DoctorOptions> = {}): Promise<string[]> {
  const found = await findings(change, options);
  return found.filter(({ level }) => level !== 'ok').map(({ level, id }) => `${level} ${id}`);
}

const errors = (all: readonly string[]): readonly string[] => all.filter((fault) => fault.startsWith('error'));

async function doctor(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [join(projectDir, 'bin/vestibule.js'), 'doctor', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

describe('src/operate/doctor/doctor', () => {
  describe('a healthy set-up', () => {
    it('has no errors, and the command ends with 0', async () => {
      const { code, out, err } = await doctor(healthy, '--format', 'json');
      const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
      expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
      expect({ ok, code }).toEqual({ ok: true, code: 0 });
      for (const id of [
        'settings',
        'rules',
        'link-keys',
        'keycloak-rights',
        'keycloak-events',
        'kafka',
        'redis',
        'mail',
      ]) {
        expect(findings).toContainEqual(expect.objectContaining({ id, level: 'ok' }));
      }
      expect(err).toContain('looked at: Kafka');
    });

    it('has none either when an administrator looks', async () => {
      expect(errors(await faults({}, { admin }))).toEqual([]);
      expect(await findings({}, { admin })).toContainEqual(
        expect.objectContaining({ id: 'keycloak-version', what: expect.stringMatching(/^Keycloak \d+\.\d+/) }),
      );
    });
  });

  it('goes on with what can still be tried when settings are missing, ends with 1, and shows no secret', async () => {
    const { PUBLIC_URL: _, KAFKA_BROKERS: brokers = '', ...rest } = healthy;
    const { code, out } = await doctor({ ...rest, KAFKA_BROKER: brokers, REDIS_URL: 'redis://:s3cret@127.0.0.1:1' });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ setting-missing: PUBLIC_URL is not set/);
    expect(out).toMatch(
      /! setting-misspelt: KAFKA_BROKER is no setting, did you mean KAFKA_BROKERS\?\n {6}→ rename it/,
    );
    expect(out).toMatch(/✗ redis-away: no connection to Redis at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    expect(out).toMatch(/✓ gives the client vestibule a token/);
    expect(out).not.toMatch(/s3cret/);
    expect(out).not.toContain(acme.secret);
  });

  it('ends with 2 when it is asked for what it does not know', async () => {
    expect(await doctor(healthy, '--format', 'xml')).toMatchObject({ code: 2, out: '' });
    expect(await doctor(healthy, '--relm', 'acme')).toMatchObject({ code: 2, out: '' });
  });

  describe('Keycloak', () => {
    type Undo = () => Promise<unknown>;
    /** Without what the listener has been through on a stack that others use too. */
    const ofRealm = async (): Promise<string[]> =>
      (await faults()).filter((fault) => fault.includes('keycloak') && !fault.endsWith('unsent'));
    const client = async () => (await acme.admin.clients.find({ clientId: 'vestibule' }))[0] ?? {};
    const events = async (change: object): Promise<Undo> => {
      const { realm } = acme;
      const before = await acme.admin.realms.getConfigEvents({ realm });
      await acme.admin.realms.updateConfigEvents({ realm }, { ...before, ...change });
      return () => acme.admin.realms.updateConfigEvents({ realm }, before);
    };
    const realmIs = async (change: object, back: object): Promise<Undo> => {
      await acme.admin.realms.update({ realm: acme.realm }, change);
      return () => acme.admin.realms.update({ realm: acme.realm }, back);
    };
    const clientIs = async (change: object, back: object): Promise<Undo> => {
      const { id = '', ...rest } = await client();
      await acme.admin.clients.update({ id }, { ...rest, ...change });
      return async () => acme.admin.clients.update({ id }, { ...(await client()), ...back });
    };
    const account = async (first: Change, back: Change): Promise<Undo> => {
      const admins = await RealmAdmin.login({ url: stackEnv.KEYCLOAK_URL, ...admin }, acme.realm);
      await admins.apply(first);
      return () => admins.apply(back);
    };
    const without = (role: string) =>
      account({ kind: 'take-roles', roles: [role] }, { kind: 'grant-roles', roles: [role] });
    const withRole = (role: string) =>
      account({ kind: 'grant-roles', roles: [role] }, { kind: 'take-roles', roles: [role] });
    const ofApplication = async (): Promise<Undo> => {
      const [{ id: blog = '' } = {}] = await acme.admin.clients.find({ clientId: 'blog' });
      const { id = '' } = await acme.admin.clients.getServiceAccountUser({ id: (await client()).id ?? '' });
      const role = await acme.admin.clients.findRole({ id: blog, roleName: 'editor' });
      const mapping = { id, clientUniqueId: blog, roles: [{ id: role?.id ?? '', name: 'editor' }] };
      await acme.admin.users.addClientRoleMappings(mapping);
      return () => acme.admin.users.delClientRoleMappings(mapping);
    };

    it.each<[string, () => Promise<Undo>]>([
      ['error keycloak-events-off', () => events({ eventsEnabled: false })],
      ['error keycloak-events-types', () => events({ enabledEventTypes: ['LOGIN'] })],
      ['warning keycloak-events-short', () => events({ eventsExpiration: 3_600 })],
      ['warning keycloak-listener-off', () => events({ eventsListeners: ['jboss-logging'] })],
      [
        'warning keycloak-registration-closed',
        () => realmIs({ registrationAllowed: false }, { registrationAllowed: true }),
      ],
      ['error keycloak-realm-off', () => realmIs({ enabled: false }, { enabled: true })],
      ['error keycloak-rights-few', () => without('manage-users')],
      ['error keycloak-rights-few', () => without('view-events')],
      ['error keycloak-rights-many', () => withRole('realm-admin')],
      ['error keycloak-rights-many', () => withRole('impersonation')],
      ['warning keycloak-rights-more', () => withRole('view-identity-providers')],
      ['warning keycloak-roles-foreign', ofApplication],
      [
        'error keycloak-service-account-off',
        async () => {
          const undo = await clientIs({ serviceAccountsEnabled: false }, { serviceAccountsEnabled: true });
          return async () => {
            await undo();
            // Switched off, the account was deleted, and its rights with it.
            await account(
              { kind: 'grant-roles', roles: ['manage-users', 'view-events'] },
              { kind: 'take-roles', roles: [] },
            );
          };
        },
      ],
      ['error keycloak-client-missing', () => clientIs({ enabled: false }, { enabled: true })],
    ])('finds "%s" planted in the realm, and nothing else', async (fault, plant) => {
      const before = await ofRealm();
      const undo = await plant();
      const during = await ofRealm();
      await undo();
      expect(during.filter((one) => !before.includes(one))).toEqual([fault]);
      expect(await ofRealm()).toEqual(before);
    });

    it.each([true, false])(
      'judges what an administrator sees, and does not call it invisible besides (Verify Email %s)',
      async (verifyEmail) => {
        const change = { RULES_DIR: await rules('[disable-user]') };
        const undo = await realmIs({ verifyEmail }, { verifyEmail: false });
        const about = (found: readonly Finding[]) =>
          found.filter(({ what }) => /address|visible/.test(what)).map(({ id }) => id);
        expect(about(await findings(change))).toContain('keycloak-not-visible');
        const seen = about(await findings(change, { admin })).filter((id) => id.startsWith('keycloak-'));
        expect(seen).toEqual(verifyEmail ? ['keycloak-verify-dead-end'] : []);
        await undo();
      },
    );

    it.each<[string, () => Promise<Undo>, string]>([
      [
        'warning keycloak-client-open',
        () => clientIs({ directAccessGrantsEnabled: true }, { directAccessGrantsEnabled: false }),
        '[{ notify-user: welcome }]',
      ],
      [
        'error keycloak-verify-off',
        () => realmIs({ verifyEmail: false }, { verifyEmail: true }),
        '[{ request-approval: { approvers: [desk@acme.com], hold: none, wait-for: email-verified } }]',
      ],
      [
        'warning keycloak-verify-dead-end',
        () => realmIs({ verifyEmail: true }, { verifyEmail: false }),
        '[disable-user]',
      ],
      [
        'error keycloak-gate-off',
        async () => {
          await acme.admin.authenticationManagement.deleteRequiredAction({ alias: 'vestibule-pending' });
          return () => account({ kind: 'register-gate' }, { kind: 'register-gate' }).catch(() => undefined);
        },
        '[{ request-approval: { approvers: [desk@acme.com], hold: gate } }]',
      ],
    ])(
      'finds "%s" with the eyes of an administrator, and raises no false alarm without',
      async (fault, plant, then) => {
        const change = { RULES_DIR: await rules(then) };
        const undo = await plant();
        expect(await faults(change)).not.toContain(fault);
        expect(await faults(change, { admin })).toContain(fault);
        await undo();
        expect(await faults(change, { admin })).not.toContain(fault);
      },
    );

    it('finds "error keycloak-rights-few" where rules ask holders of a role, which takes view-realm', async () => {
      const change = { RULES_DIR: await rules('[{ request-approval: { approvers: [{ role: boss }], hold: none } }]') };
      expect(await faults(change)).toContain('error keycloak-rights-few');
      const undo = await withRole('view-realm');
      expect(errors(await faults(change))).toEqual([]);
      await undo();
    });

    it.each<[string, Record<string, string>]>([
      ['error keycloak-away', { KEYCLOAK_URL: 'http://127.0.0.1:1' }],
      ['error keycloak-foreign', { KEYCLOAK_URL: `${stackEnv.KEYCLOAK_URL}/auth` }],
      ['error keycloak-foreign', { KEYCLOAK_URL: stackEnv.MAIL_INBOX_URL }],
      ['error keycloak-secret', { KEYCLOAK_CLIENT_SECRET: 'wrong' }],
      ['error keycloak-client-missing', { KEYCLOAK_CLIENT_ID: 'nobody' }],
      ['error keycloak-client-public', { KEYCLOAK_CLIENT_ID: 'blog' }],
      ['error keycloak-listener-topic', { KAFKA_EVENTS_TOPIC: 'elsewhere' }],
    ])('finds "%s" planted in the settings: %j', async (fault, change) => {
      expect(errors(await faults(change))).toEqual([fault]);
    });

    it('finds "error keycloak-realm-unknown" for a realm that is asked for by name', async () => {
      expect(errors(await faults({}, { realm: 'no-such-realm' }))).toEqual(['error keycloak-realm-unknown']);
    });

    it('finds "keycloak-clock" and "redis-clock", as a warning or as an error', async () => {
      const ahead = await faults({}, { now: () => Date.now() - 15_000 });
      expect(ahead).toEqual(expect.arrayContaining(['warning keycloak-clock', 'warning redis-clock']));
      const behind = await faults({}, { now: () => Date.now() + 120_000 });
      expect(behind).toEqual(expect.arrayContaining(['error keycloak-clock', 'error redis-clock']));
    });
  });

  describe('Kafka', () => {
    const configure = async (topic: string, name: string, value: string) => {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic };
      const resources = [{ ...resource, configEntries: [{ name, value }] }];
      await systems.admin.alterConfigs({ validateOnly: false, resources });
      const read = async () => {
        const answer = await systems.admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ ...resource, configNames: [name] }],
        });
        return answer.resources[0]?.configEntries[0]?.configValue;
      };
      await until('the broker works with the setting', read, (seen) => seen === value);
    };

    it.each<[string, keyof Systems['topics'], string, string]>([
      ['error kafka-cleanup', 'approvals', 'cleanup.policy', 'delete'],
      ['error kafka-cleanup', 'audit', 'cleanup.policy', 'compact'],
      ['error kafka-cleanup', 'deadLetters', 'cleanup.policy', 'compact'],
      ['warning kafka-cleanup', 'events', 'cleanup.policy', 'compact'],
      ['warning kafka-retention-short', 'events', 'retention.ms', '3600000'],
      ['warning kafka-audit-short', 'audit', 'retention.ms', '604800000'],
      ['error kafka-message-size', 'deadLetters', 'max.message.bytes', '65536'],
      ['error kafka-no-quorum', 'approvals', 'min.insync.replicas', '2'],
    ])('finds "%s" of the topic of %s: %s=%s', async (fault, topic, name, value) => {
      const own = { ...systems.topics, [topic]: `${systems.prefix}.${name}.${randomBytes(3).toString('hex')}` };
      await ensureTopics(systems.admin, own, systems.log);
      await configure(own[topic], name, value);
      const change = {
        KAFKA_EVENTS_TOPIC: own.events,
        KAFKA_APPROVALS_TOPIC: own.approvals,
        KAFKA_STATE_TOPIC: own.state,
        KAFKA_DOOR_TOPIC: own.door,
        KAFKA_AUDIT_TOPIC: own.audit,
        KAFKA_DEAD_LETTER_TOPIC: own.deadLetters,
      };
      const found = await findings(change);
      expect(found.map(({ level, id }) => `${level} ${id}`)).toContain(fault);
      expect(found.find(({ id }) => fault.endsWith(id))?.what).toContain(own[topic]);
    });

    it('finds "warning kafka-compaction-early" of approvals that were made without care', async () => {
      const topic = `${systems.prefix}.careless`;
      await systems.admin.createTopics({
        topics: [{ topic, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
      });
      expect(await faults({ KAFKA_APPROVALS_TOPIC: topic })).toContain('warning kafka-compaction-early');
    });

    it('finds "warning kafka-topic-missing"', async () => {
      expect(await faults({ KAFKA_AUDIT_TOPIC: `${systems.prefix}.nowhere` })).toContain('warning kafka-topic-missing');
    });

    it('finds "kafka-events-silent", then "kafka-nobody-reads", then "kafka-unread-lost"', async () => {
      const topic = `${systems.prefix}.flow`;
      const flow = async () =>
        (await faults({ KAFKA_EVENTS_TOPIC: topic })).filter((fault) =>
          /silent|nobody-reads|lost|slow|broke/.test(fault),
        );
      await systems.admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
      expect(await flow()).toEqual(['warning kafka-events-silent']);
      await systems.producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] });
      expect(await flow()).toEqual(['warning kafka-nobody-reads']);
      await systems.admin.setOffsets({ groupId: systems.prefix, topic, partitions: [{ partition: 0, offset: '1' }] });
      await systems.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
      expect(await flow()).toEqual(['error kafka-unread-lost', 'warning kafka-nobody-reads']);
    });

    it.each<[string, Record<string, string>]>([
      ['error kafka-away', { KAFKA_BROKERS: '127.0.0.1:1' }],
      ['error kafka-tls', { KAFKA_TLS: 'true' }],
      [
        'error kafka-sasl',
        { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'vestibule', KAFKA_SASL_PASSWORD: 'x' },
      ],
      ['error kafka-refuses', { KAFKA_BROKERS: new URL(stackEnv.REDIS_URL).host }],
    ])('finds "%s" in %j', async (fault, change) => {
      expect(errors(await faults(change))).toEqual([fault]);
    });

    it('finds "warning kafka-broker-away" while another broker answers', async () => {
      expect(await faults({ KAFKA_BROKERS: `127.0.0.1:1,${stackEnv.KAFKA_BROKERS}` })).toContain(
        'warning kafka-broker-away',
      );
    });
  });

  describe('servers that speak TLS', () => {
    let server: SMTPServer;
    let address: string;
    beforeAll(async () => {
      server = new SMTPServer({ secure: true, logger: false }); // with a certificate that nobody signed
      server.on('error', () => undefined);
      address = `127.0.0.1:${await listening(server.listen(0, '127.0.0.1'))}`;
    });
    afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

    it.each<[string, () => Record<string, string>]>([
      ['error kafka-tls', () => ({ KAFKA_BROKERS: address })],
      ['error kafka-certificate', () => ({ KAFKA_BROKERS: address, KAFKA_TLS: 'true' })],
      ['error mail-certificate', () => ({ SMTP_URL: `smtps://${address}` })],
      ['error mail-silent', () => ({ SMTP_URL: `smtp://${address}` })],
    ])('finds "%s"', async (fault, change) => {
      expect(errors(await faults(change()))).toEqual([fault]);
    });
  });

  describe('mail', () => {
    let server: SMTPServer;
    let port: number;
    beforeAll(async () => {
      server = new SMTPServer({
        authOptional: true,
        allowInsecureAuth: true,
        disabledCommands: ['STARTTLS'],
        onAuth: (_login, _session, done) => done(new Error('no')),
      });
      port = await listening(server.listen(0));
    });
    afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

    it.each<[string, () => Record<string, string>]>([
      ['error mail-away', () => ({ SMTP_URL: 'smtp://127.0.0.1:1' })],
      ['error mail-login', () => ({ SMTP_URL: `smtp://user:wrong@127.0.0.1:${port}` })],
      ['error mail-tls', () => ({ SMTP_URL: `smtps://127.0.0.1:${port}` })],
      // By name, 0.0.0.0 is another machine.
      ['error mail-no-tls', () => ({ SMTP_URL: `smtp://0.0.0.0:${port}` })],
      ['warning mail-plain', () => ({ SMTP_URL: `smtp://0.0.0.0:${port}`, SMTP_ALLOW_PLAINTEXT: 'true' })],
      ['error mail-from', () => ({ MAIL_FROM: 'Vestibule' })],
    ])('finds "%s"', async (fault, change) => {
      expect(await faults(change())).toContain(fault);
    });
  });

  describe('Redis', () => {
    let port: number;
    let server: ChildProcess;
    let redis: Redis;
    const url = (): string => `redis://127.0.0.1:${port}`;

    beforeAll(async () => {
      port = await freePort();
      const dir = await mkdtemp(join(home, 'redis-'));
      const args = `--port ${port} --bind 127.0.0.1 --dir ${dir} --maxmemory 100mb --maxmemory-policy allkeys-lru --appendonly no`;
      server = spawn(await redisBinary(), [...args.split(' '), '--save', ''], { stdio: 'ignore' });
      redis = await connectRedis({ url: url(), log: systems.log });
    });
    afterAll(async () => {
      redis?.disconnect();
      if (server?.kill('SIGTERM')) {
        await once(server, 'exit');
      }
    });

    const ofRedis = async (): Promise<string[]> =>
      (await faults({ REDIS_URL: url() })).filter((fault) => fault.includes('redis'));

    it('finds "redis-eviction" and "redis-append-only" in a Redis as it comes', async () => {
      expect(await ofRedis()).toEqual(['error redis-eviction', 'warning redis-append-only']);
    });

    it('finds "redis-appendfsync" and "redis-memory" in one that was cared for, but not enough', async () => {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.config('SET', 'appendonly', 'yes');
      await redis.config('SET', 'appendfsync', 'everysec');
      const used = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? ''; // each version needs another amount
      await redis.config('SET', 'maxmemory', used);
      expect((await ofRedis()).filter((fault) => !fault.includes('disk'))).toEqual([
        'warning redis-appendfsync',
        'error redis-memory',
      ]);
      await redis.config('SET', 'maxmemory', '100mb');
    });

    it('finds "redis-replica"', async () => {
      await redis.call('REPLICAOF', '127.0.0.1', '1');
      expect(await ofRedis()).toContain('error redis-replica');
      await redis.call('REPLICAOF', 'NO', 'ONE');
    });

    it('finds "redis-login" and "redis-away"', async () => {
      await redis.config('SET', 'requirepass', 'right');
      expect(await ofRedis()).toEqual(['error redis-login']);
      expect(await faults({ REDIS_URL: url().replace('//', '//:wrong@') })).toContain('error redis-login');
      expect(errors(await faults({ REDIS_URL: 'redis://127.0.0.1:1' }))).toEqual(['error redis-away']);
    });
  });

  describe('links and pages', () => {
    let silent: Server;
    beforeAll(async () => {
      // It reads, or it would not see its callers leave.
      silent = createServer((socket) => socket.on('error', () => undefined).resume());
      await listening(silent.listen(0, '127.0.0.1'));
    });
    afterAll(() => void silent.close());

    it.each<[string, () => Record<string, string>]>([
      ['warning pages-away', () => ({ PUBLIC_URL: 'http://127.0.0.1:1' })],
      ['warning pages-foreign', () => ({ PUBLIC_URL: stackEnv.MAIL_INBOX_URL })],
      ['error public-url-plain', () => ({ PUBLIC_URL: 'http://vestibule.invalid' })],
      ['error link-key-short', () => ({ LINK_KEYS: 'k1:c2hvcnQ=' })],
      ['error link-key-placeholder', () => ({ LINK_KEYS: `k1:${'A'.repeat(44)}` })],
      ['error setting-invalid', () => ({ LINK_KEYS: 'letmein' })],
    ])('finds "%s"', async (fault, change) => {
      expect(await faults(change())).toContain(fault);
    });

    it('does not wait for who takes a connection and never answers', async () => {
      const { port } = silent.address() as AddressInfo;
      const found = await faults({ PUBLIC_URL: `http://127.0.0.1:${port}`, KEYCLOAK_URL: `http://127.0.0.1:${port}` });
      expect(errors(found)).toEqual(['error pages-slow', 'error keycloak-slow']);
    });
  });

  describe('rules', () => {
    it('finds "error rules-invalid" and looks at the realm that it is told', async () => {
      const found = await faults({ RULES_DIR: await rules('[disable-usr]') }, { realm: acme.realm });
      expect(errors(found)).toEqual(['error rules-invalid']);
    });

    it('finds "error webhook-secret"', async () => {
      const found = await faults({ RULES_DIR: await rules('[{ webhook: "https://hooks.acme.com/x" }]') });
      expect(errors(found)).toEqual(['error webhook-secret']);
    });
  });
});

async function listening(server: Server): Promise<number> {
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
