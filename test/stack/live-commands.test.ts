import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Partitioners } from 'kafkajs';

import type { Io } from '../../src/cli/command.ts';
import { vestibule as typed } from './support/command.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

let acme: TestRealm;
const folders: string[] = [];

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'live',
    clients: [{ clientId: 'blog', roles: ['member'] }, { clientId: 'vault' }],
    groups: ['/readers', '/partners'],
  });
}, 60_000);

afterAll(async () => {
  await Promise.all(folders.map((dir) => rm(dir, { recursive: true })));
  await acme?.dispose();
});

async function rulesOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-live-'));
  folders.push(dir);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)));
  return dir;
}

/** A command of somebody who has the settings of the service account. */
const vestibule = (argv: readonly string[], env: Io['env'] = {}) =>
  typed(argv, { KEYCLOAK_URL: stackEnv.KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET: acme.secret, ...env });

describe('src/cli/explain', () => {
  let rules: string;
  beforeAll(async () => {
    rules = await rulesOf({
      'blog.yaml': `version: 1
realm: ${acme.realm}
clients: [blog]
rules:
  - name: verified
    when: { email-verified: true }
    then: [{ join-group: /readers }]
  - name: a flood
    when: { registrations-over: { count: 1, within: 1h, by: domain } }
    then: [disable-user]
  - name: the first
    then: []
`,
    });
  });
  const explain = (who: string) => vestibule(['explain', '--rules', rules, '--realm', acme.realm, '--user', who]);

  it('explains a person by user name, id or e-mail address, with the account as Keycloak has it now', async () => {
    await acme.register('blog', 'ann', 'ann@one.test');
    const { id = '' } = (await acme.userNamed('ann')) ?? {};
    for (const who of ['ann', id, 'ann@one.test', 'ANN']) {
      const { code, out } = await explain(who);
      expect([who, code]).toEqual([who, 0]);
      expect(out).toContain(`ann@one.test registered for blog in realm ${acme.realm} (form)\n`);
      expect(out).toContain('the account as it is now: enabled, e-mail address not verified');
      expect(out).toContain('✔ 11: the first: no condition');
    }
    await acme.admin.users.update({ id }, { emailVerified: true });
    expect((await explain('ann')).out).toContain('✔ 5: verified: e-mail address is verified');
  });

  it('counts registrations in the event store, up to the one that is explained', async () => {
    await acme.register('blog', 'bob', 'bob@two.test');
    await acme.register('blog', 'cid', 'cid@two.test');
    expect((await explain('bob')).out).toContain('1 registrations by domain in 1h, at most 1');
    const { out } = await explain('cid');
    expect(out).toContain('registrations were counted in the event store: 2');
    expect(out).toContain('✔ 8: a flood: 2 registrations by domain in 1h, more than 1');
  });

  it('says who is missing, and why there is no registration', async () => {
    expect(await explain('nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no user with this id'),
    });
    await acme.admin.users.create({ username: 'made', enabled: true });
    expect(await explain('made')).toMatchObject({
      code: 1,
      err: expect.stringContaining('an administrator, an import'),
    });
    const config = await acme.admin.realms.getConfigEvents({ realm: acme.realm });
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, { ...config, eventsEnabled: false });
    const { err } = await explain('made');
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, config);
    expect(err).toContain(`it keeps none; turn it on with "vestibule setup --realm ${acme.realm}"`);
  });

  it('reads Keycloak as the administrator, if one is named, also to simulate', async () => {
    const administrator = {
      KEYCLOAK_ADMIN_USER: stackEnv.KEYCLOAK_ADMIN_USER,
      KEYCLOAK_ADMIN_PASSWORD: stackEnv.KEYCLOAK_ADMIN_PASSWORD,
      KEYCLOAK_CLIENT_SECRET: undefined,
    };
    const person = ['explain', '--rules', rules, '--realm', acme.realm, '--user', 'ann'];
    const explained = await vestibule(person, administrator);
    expect(explained.out).toContain(`ann@one.test registered for blog in realm ${acme.realm} (form)\n`);
    const simulation = ['simulate', '--rules', rules, '--against', rules, '--realm', acme.realm, '--users'];
    expect(await vestibule(simulation, administrator)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^0 of [1-9]\d* registrations/),
    });
    const noPassword = await vestibule(person, { ...administrator, KEYCLOAK_ADMIN_PASSWORD: undefined });
    expect(noPassword).toMatchObject({ code: 2, err: expect.stringContaining('KEYCLOAK_ADMIN_PASSWORD must be too') });
  });

  it('needs the settings of Keycloak, and no others', async () => {
    const { code, err } = await vestibule(['explain', '--rules', rules, '--realm', acme.realm, '--user', 'ann'], {
      KEYCLOAK_URL: undefined,
    });
    expect(code).toBe(2);
    expect(err).toContain('KEYCLOAK_URL is not set');
    expect(err).not.toContain('KAFKA');
  });
});

describe('src/cli/check --live', () => {
  const administrator = {
    KEYCLOAK_ADMIN_USER: stackEnv.KEYCLOAK_ADMIN_USER,
    KEYCLOAK_ADMIN_PASSWORD: stackEnv.KEYCLOAK_ADMIN_PASSWORD,
  };
  const check = async (text: string, env: Io['env'] = administrator, realm = acme.realm) => {
    const rules = await rulesOf({ 'app.yaml': `version: 1\nrealm: ${realm}\n${text}` });
    const { code, out, err } = await vestibule(['check', '--rules', rules, '--live'], env);
    return { code, err, out: out.replaceAll(`${rules}/`, '').replaceAll(acme.realm, 'REALM') };
  };
  /** Rules that keep nobody out, so that no gate is missed. */
  const blog = (...lines: string[]) =>
    `clients: [blog]\nrules:\n  - name: all\n${lines.map((line) => `    ${line}\n`).join('')}`;

  it('finds nothing where all is there', async () => {
    const { code, out } = await check(
      blog(
        'then:',
        '  - join-group: /readers',
        '  - grant-role: { client: blog, role: member }',
        '  - add-required-action: CONFIGURE_TOTP',
      ),
    );
    expect(out).toMatch(/^1 file, 1 rule, 0 tests, 1 realm of Keycloak: good/);
    expect(code).toBe(0);
  });

  it('names what is missing, where the rule names it, and what may have been meant', async () => {
    const { code, out } = await check(`clients: [blog, blogg, "none-*"]
rules:
  - name: all
    then:
      - join-group: /reader
      - leave-group: /partners/north
      - grant-role: { client: blog, role: membr }
      - grant-role: { client: shop, role: member }
      - revoke-role: offline_acces
      - add-required-action: CONFIGURE_TOPT
      - add-required-action: TERMS_AND_CONDITIONS
      - request-approval:
          approvers: [{ group: /desk }]
          hold: gate
          approved: [{ join-group: /partner }]
`);
    expect(code).toBe(1);
    expect(out.split('\n').filter((line) => !line.includes('login gate'))).toEqual([
      'app.yaml:3:17 clients[1]: realm REALM has no client blogg, did you mean "blog"?',
      'app.yaml:7:9 rules[0].then[0].join-group: realm REALM has no group /reader, did you mean "/readers"?',
      'app.yaml:8:9 rules[0].then[1].leave-group: realm REALM has no group /partners/north, make it, or correct the path',
      'app.yaml:9:9 rules[0].then[2].grant-role: client blog of realm REALM has no role membr, did you mean "member"?',
      'app.yaml:10:9 rules[0].then[3].grant-role: realm REALM has no client shop, so it has no role member, correct the name of the client',
      'app.yaml:11:9 rules[0].then[4].revoke-role: realm REALM has no role offline_acces, did you mean "offline_access"?',
      'app.yaml:12:9 rules[0].then[5].add-required-action: realm REALM does not know the required action CONFIGURE_TOPT, did you mean "CONFIGURE_TOTP"?',
      'app.yaml:13:9 rules[0].then[6].add-required-action: the required action TERMS_AND_CONDITIONS is disabled in realm REALM, so Keycloak passes over it, enable it under Authentication, Required actions',
      'app.yaml:14:9 rules[0].then[7].request-approval: realm REALM has no group /desk, make it, or correct the path',
      'app.yaml:14:9 rules[0].then[7].request-approval: "hold: gate" needs the gate in each flow by which people get an account, and in realm REALM it is not in force in the registration form (flow "registration": vestibule-gate is not there), run "vestibule setup --realm REALM --door"',
      'app.yaml:17:24 rules[0].then[7].request-approval.approved[0].join-group: realm REALM has no group /partner, did you mean "/partners"?',
      expect.stringMatching(/^11 errors, \d warning/),
      '',
    ]);
  });

  it('says which attributes the person may write, and which the user profile drops', async () => {
    const profile = await acme.admin.users.getProfile({ realm: acme.realm });
    const attributes = [
      ...(profile.attributes ?? []),
      { name: 'company', permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] } },
      { name: 'vetted', permissions: { view: ['admin'], edit: ['admin'] } },
    ];
    await acme.admin.users.updateProfile({ realm: acme.realm, ...profile, attributes });
    const { out } = await check(
      blog(
        'when: { attribute: { company: ACME, vetted: "yes", vetd: "yes" } }',
        'then: [{ set-user-attribute: { name: vetted, value: x } }, { set-user-attribute: { name: orign, value: x } }]',
      ),
    );
    expect(out).toContain(
      'app.yaml:6:13 warning: rules[0].when.attribute: the person may write the attribute company in realm REALM',
    );
    expect(out).toContain(
      'rules[0].when.attribute: the user profile of realm REALM has no attribute vetd, so this never holds, did you mean "vetted"?',
    );
    expect(out).toContain(
      'app.yaml:7:66 rules[0].then[1].set-user-attribute: the user profile of realm REALM drops the attribute orign',
    );
    expect(out).toContain('2 errors, 1 warning\n');
  });

  it('knows a dead end: disabled at once, with Verify Email on', async () => {
    const rules = blog('then: [disable-user]');
    expect((await check(rules)).out).not.toContain('Verify Email');
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: true });
    const { out } = await check(rules);
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: false });
    expect(out).toContain(
      'warning: rules[0].then[0].disable-user: disables at once, and realm REALM has Verify Email on',
    );
  });

  it('knows a question that is never asked: wait for a verified address, with Verify Email off', async () => {
    const ask = '{ approvers: desk@acme.com, hold: none, wait-for: email-verified }';
    const rules = blog(`then: [{ request-approval: ${ask} }]`);
    expect((await check(rules)).out).toContain(
      '"all" waits for a verified address, and realm REALM has Verify Email off',
    );
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: true });
    const { out } = await check(rules);
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: false });
    expect(out).not.toContain('waits for a verified address');
  });

  it('finds no login gate, one that a session passes by, and one that holds', async () => {
    const rules = 'clients: [vault]\nrules:\n  - name: closed\n    then: [disable-user]\n';
    const none = await check(rules);
    expect(none.out).toContain('app.yaml:3:11 warning: clients[0]: no login gate found for vault in realm REALM');
    const { open } = await acme.register('blog', 'guest');
    expect(await open('vault')).toBe(true);

    const { authenticationManagement: flows, clients } = acme.admin;
    await flows.createFlow({ alias: 'guarded', providerId: 'basic-flow', topLevel: true, builtIn: false });
    const require = async (id: string, requirement: string) => {
      const all = await flows.getExecutions({ flow: 'guarded' });
      const one = all.find((execution) => execution.id === id || execution.flowId === id);
      await flows.updateExecution({ flow: 'guarded' }, { ...one, requirement });
    };
    const addFlow = async (flow: string, alias: string, requirement: string) => {
      const added = await flows.addFlowToFlow({ flow, alias, type: 'basic-flow', provider: '', description: '' });
      await require((added as { id: string }).id, requirement);
    };
    const add = async (flow: string, provider: string, requirement: string) => {
      const added = await flows.addExecutionToFlow({ flow, provider });
      await require((added as { id: string }).id, requirement);
    };
    const addGate = async (flow: string) => {
      const gate = `gate of ${flow}`;
      await addFlow(flow, gate, 'CONDITIONAL');
      await add(gate, 'conditional-user-role', 'REQUIRED');
      const [condition] = (await flows.getExecutions({ flow: gate })).filter(({ level }) => level === 0);
      const config = { condUserRole: 'blog.member', negate: 'true' };
      await flows.createConfig({ id: condition?.id ?? '', alias: gate, config });
      await add(gate, 'deny-access-authenticator', 'REQUIRED');
    };
    await addFlow('guarded', 'ways', 'REQUIRED');
    await add('ways', 'auth-cookie', 'ALTERNATIVE');
    await addFlow('ways', 'guarded forms', 'ALTERNATIVE');
    await add('guarded forms', 'auth-username-password-form', 'REQUIRED');
    await addGate('guarded forms');
    const flow = (await flows.getFlows()).find(({ alias }) => alias === 'guarded');
    const [vault] = await clients.find({ clientId: 'vault' });
    const authenticationFlowBindingOverrides = { browser: flow?.id ?? '' };
    await clients.update({ id: vault?.id ?? '' }, { ...vault, authenticationFlowBindingOverrides });

    const passedBy = await check(rules);
    expect(passedBy.out).toContain('the login gate of vault in realm REALM is one of several alternatives');
    expect(await open('vault')).toBe(true);

    await addGate('guarded');
    const held = await check(rules);
    expect(held.out).toMatch(/^1 file, 1 rule, 0 tests, 1 realm of Keycloak: good/);
    expect(await open('vault')).toBe(false);
    expect(await open('blog')).toBe(true);
  });

  it('looks as the service account where no administrator is given, and says what that one may not see', async () => {
    const { code, out } = await check(
      `clients: [blog]
rules:
  - name: all
    then: [{ join-group: /reader }, { grant-role: { client: blog, role: membr } }, { add-required-action: X }]
`,
      {},
    );
    expect(out).toContain('realm REALM has no group /reader, did you mean "/readers"?');
    expect(out).toContain('client blog of realm REALM has no role membr, did you mean "member"?');
    expect(out).toContain(
      'warning: clients[0]: could not look whether clients exist in realm REALM: the account that looks lacks the role view-clients',
    );
    expect(out).toContain(
      'could not look whether required actions are there in realm REALM: the account that looks lacks the role view-realm',
    );
    expect(code).toBe(1);
  });

  it('tells machines the same as people', async () => {
    const rules = await rulesOf({
      'app.yaml': `version: 1\nrealm: ${acme.realm}\n${blog('then: [{ join-group: /reader }]')}`,
    });
    const told = (format: string) =>
      vestibule(['check', '--rules', rules, '--live', '--format', format], administrator);
    expect(JSON.parse((await told('json')).out)).toMatchObject({
      ok: false,
      realms: [acme.realm],
      problems: [
        { file: join(rules, 'app.yaml'), line: 6, col: 14, severity: 'error', remedy: 'did you mean "/readers"?' },
      ],
    });
    expect((await told('github')).out).toMatch(
      /^::error file=.*app\.yaml,line=6,col=14::rules\[0\]\.then\[0\]\.join-group: /,
    );
  });

  it('tells a realm that is not there from a Keycloak that does not answer', async () => {
    const rules = blog('then: []');
    const { code, out } = await check(rules, administrator, `${acme.realm}x`);
    expect([code, out]).toEqual([
      1,
      'app.yaml:2:8 realm: Keycloak has no realm REALMx, did you mean "REALM"?\n1 error, 0 warnings\n',
    ]);
    const away = await check(rules, { ...administrator, KEYCLOAK_URL: 'http://127.0.0.1:9' });
    expect(away).toMatchObject({ code: 2, err: expect.stringContaining('Keycloak could not be asked') });
    const wrong = await check(rules, { ...administrator, KEYCLOAK_ADMIN_PASSWORD: 'wrong' });
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('KEYCLOAK_ADMIN_PASSWORD') });
  });
});

describe('src/cli/simulate', () => {
  const rules = (condition: string) => ({
    'app.yaml': `version: 1\nrealm: ${acme.realm}\nclients: [blog]\nrules:\n  - name: shut out\n    when: { ${condition} }\n    then: [disable-user]\n`,
  });
  const simulate = async (condition: string, args: readonly string[], env: Io['env'] = {}) => {
    const against = await rulesOf(rules('email-domain: nobody.test'));
    const proposed = await rulesOf(rules(condition));
    return vestibule(['simulate', '--against', against, '--rules', proposed, ...args], env);
  };

  describe('over the event store', () => {
    beforeAll(async () => {
      for (const [username, domain] of [
        ['sim1', 'sim.test'],
        ['sim2', 'sim.test'],
        ['sim3', 'other.test'],
      ] as const) {
        await acme.register('blog', username, `${username}@${domain}`);
      }
    });

    it('counts who would be treated differently, and says why', async () => {
      const { id } = (await acme.userNamed('sim1')) ?? {};
      const { code, out } = await simulate('email-domain: sim.test', ['--realm', acme.realm, '--since', '1h']);
      expect(code).toBe(1);
      expect(out).toMatch(
        /^2 of \d+ registrations would be treated differently\n {2}2: no rule → app.yaml: shut out\n/,
      );
      expect(out).toContain(`user ${id}: e-mail domain "sim.test" is among sim.test\n`);
    });

    it('reads users only when it is told to, and only those on whom the answer hangs', async () => {
      const { id = '' } = (await acme.userNamed('sim2')) ?? {};
      await acme.admin.users.update({ id }, { emailVerified: true });
      const condition = 'email-domain: sim.test, email-verified: true';
      const without = await simulate(condition, ['--realm', acme.realm]);
      expect(without.out).toContain('2 might be, but cannot be judged on what is known here; --users asks Keycloak\n');
      const { out } = await simulate(condition, ['--realm', acme.realm, '--users']);
      expect(out).toMatch(/^1 of \d+ /);
      expect(out).toContain(`user ${id}: e-mail domain "sim.test" is among sim.test, and e-mail address is verified`);
      expect(out).not.toContain('might be');
    });

    it('says which realm is not there', async () => {
      const { code, err } = await simulate('email-domain: x.test', ['--realm', 'no-such-realm']);
      expect([code, err]).toEqual([2, expect.stringContaining('no such realm')]);
    });
  });

  describe('over the topic', () => {
    let systems: Systems;
    beforeAll(async () => {
      systems = await connectSystems();
    }, 30_000);
    afterAll(() => systems?.close());

    const env = (): Io['env'] => ({
      KAFKA_BROKERS: stackEnv.KAFKA_BROKERS,
      KAFKA_GROUP: systems.prefix,
      KAFKA_EVENTS_TOPIC: systems.topics.events,
    });
    const event = (email: string, realm: object = { realmName: acme.realm, realmId: 'x' }) =>
      JSON.stringify({
        id: randomUUID(),
        time: Date.now(),
        type: 'REGISTER',
        ...realm,
        clientId: 'blog',
        userId: randomUUID(),
        details: { register_method: 'form', email, username: 'x' },
      });

    it('reads it from a time on to its end, commits nothing, and leaves no consumer group', async () => {
      const topic = systems.topics.events;
      await systems.admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
      const old = String(Date.now() - 3 * 86_400_000);
      const login = JSON.stringify({ id: randomUUID(), type: 'LOGIN', realmId: 'x' });
      await systems.producer.send({
        topic,
        messages: [
          { value: event('before@sim.test'), timestamp: old, partition: 0 },
          { value: event('a@sim.test'), partition: 0 },
          { value: event('b@sim.test'), partition: 1 },
          { value: event('c@other.test'), partition: 1 },
          { value: login, partition: 1 },
          { value: '{', partition: 1 },
          { value: null, partition: 1 },
        ],
      });
      const { code, out, err } = await simulate('email-domain: sim.test', ['--topic', '--since', '1d'], env());
      expect(err).toBe('1 record could not be read and had to be left out\n');
      expect(out).toMatch(/^2 of 3 registrations would be treated differently\n/);
      expect(code).toBe(1);
      const all = await simulate('email-domain: sim.test', ['--topic', topic, '--since', '7d'], env());
      expect(all.out).toMatch(/^3 of 4 /);
      const { groups } = await systems.admin.listGroups();
      expect(groups.filter(({ groupId }) => groupId.startsWith(systems.prefix))).toEqual([]);
    });

    it('comes to the end of a topic that ends with the mark of a transaction', async () => {
      const topic = `${systems.prefix}.transactional`;
      await systems.admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      const producer = systems.kafka.producer({
        transactionalId: topic,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      for (const [email, end, at] of [
        ['a@sim.test', 'commit', Date.now() - 3 * 86_400_000],
        ['b@sim.test', 'abort', Date.now()],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value: event(email), timestamp: String(at) }] });
        await transaction[end]();
      }
      await producer.disconnect();
      const { out } = await simulate('email-domain: sim.test', ['--topic', topic], env());
      expect(out).toMatch(/^1 of 1 /);
      const aborted = await simulate('email-domain: sim.test', ['--topic', topic, '--since', '1d'], env());
      expect(aborted.out).toMatch(/^0 of 0 /);
    });

    it('knows the realm of events that have only its id', async () => {
      const topic = `${systems.prefix}.ids`;
      await systems.admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      const realmId = (await acme.admin.realms.findOne({ realm: acme.realm }))?.id;
      const values = [event('a@sim.test', { realmId }), event('b@sim.test', { realmId: randomUUID() })];
      await systems.producer.send({ topic, messages: values.map((value) => ({ value })) });
      const { out } = await simulate('email-domain: sim.test', ['--topic', topic], env());
      expect(out).toMatch(/^1 of 2 /);
    });

    it('does not make a topic that is not there', async () => {
      const topic = `${systems.prefix}.none`;
      const { code, err } = await simulate('email-domain: sim.test', ['--topic', topic], env());
      expect([code, err]).toEqual([2, expect.stringContaining(`Kafka has no topic ${topic}`)]);
      expect(await systems.admin.listTopics()).not.toContain(topic);
    });
  });
});
