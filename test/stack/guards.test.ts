import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { mailsTo, mailTo } from './support/inbox.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { signed } from './support/signed.ts';
import { until } from './support/until.ts';

let systems: Systems;
let acme: TestRealm;
let service: TestService;
let ops: string;

beforeAll(async () => {
  systems = await connectSystems();
  acme = await createRealm({
    prefix: 'guards',
    clients: [{ clientId: 'closed' }, { clientId: 'trash' }],
    groups: ['/staff', '/admins', '/welcome'],
  });
  ops = `ops@${acme.realm}.test`;
  await acme.admin.users.create({ username: 'named', enabled: true });
  service = await startService({
    secret: acme.secret,
    rules: {
      'closed.yaml': rulesOf(acme, 'closed', '[disable-user]'),
      'trash.yaml': rulesOf(acme, 'trash', '[delete-user]'),
    },
    env: {
      PROTECTED_USERS: 'named',
      PROTECTED_GROUPS: '/staff',
      LOCKOUT_LIMIT_PER_MINUTE: '3',
      ALERT_MAIL: ops,
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await systems?.close();
});

function rulesOf({ realm }: TestRealm, client: string, then: string): string {
  return `version: 1\nrealm: ${realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: ${then}\n`;
}

/** An event with a genuine signature: what somebody could make who has the key, or whom the listener was talked into. */
async function forge(clientId: string, userId: string, time: number): Promise<string> {
  const id = randomUUID();
  const value = {
    id,
    time,
    type: 'REGISTER',
    realmId: acme.realm,
    realmName: acme.realm,
    clientId,
    userId,
    details: {},
  };
  const topic = 'keycloak.events';
  const message = signed(topic, userId, JSON.stringify(value), stackEnv.EVENT_SIGNING_KEY);
  await systems.producer.send({ topic, messages: [message] });
  return id;
}

const created = async (username: string): Promise<{ id: string; at: number }> => {
  const { id } = await acme.admin.users.create({ username, enabled: true });
  return { id, at: (await acme.admin.users.findOne({ id }))?.createdTimestamp ?? 0 };
};

const skipped = async (eventId: string): Promise<unknown> =>
  (
    await until(
      `the end of event ${eventId}`,
      () => service.log.filter((line) => line['msg'] === 'audit' && line['eventId'] === eventId),
      (lines) => lines.some(({ kind }) => kind === 'skipped' || kind === 'step'),
    )
  ).at(-1);

const metrics = async (): Promise<string> => (await fetch(`${service.opsUrl}/metrics`)).text();
const checks = async (url: string) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { checks: Record<string, { ok: boolean; detail: string }> }).checks;

describe('src/execute/guards', () => {
  it('does nothing for a forged event that names an account which did not come with it', async () => {
    for (const client of ['closed', 'trash']) {
      const { id, at } = await created(`olaf-${client}`);
      expect(await skipped(await forge(client, id, at - 3_600_000))).toMatchObject({
        kind: 'skipped',
        because: 'the account was not created by this registration',
      });
      expect(await acme.userNamed(`olaf-${client}`)).toMatchObject({ enabled: true });
    }
    expect(await metrics()).toContain(`vestibule_refused_total{realm="${acme.realm}",guard="age"} 2`);
  });

  it('shuts out no member of a protected group, also one below it', async () => {
    const [staff] = await acme.admin.groups.find({ search: 'staff' });
    const desk = await acme.admin.groups.createChildGroup({ id: staff?.id ?? '' }, { name: 'desk' });
    const { id, at } = await created('petra');
    await acme.admin.users.addToGroup({ id, groupId: desk.id });
    expect(await skipped(await forge('closed', id, at))).toMatchObject({
      kind: 'skipped',
      because: 'the person is in /staff, which PROTECTED_GROUPS names',
    });
    expect(await acme.userNamed('petra')).toMatchObject({ enabled: true });
    expect(await metrics()).toContain(`vestibule_refused_total{realm="${acme.realm}",guard="group"} 1`);
    expect(service.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: 'a guard keeps a rule from this person',
        guard: 'group',
        userId: id,
      }),
    );
  });

  it('shuts out nobody whom PROTECTED_USERS names', async () => {
    const user = await acme.userNamed('named');
    const event = await forge('closed', user?.id ?? '', user?.createdTimestamp ?? 0);
    expect(await skipped(event)).toMatchObject({ kind: 'skipped' });
    expect(await acme.userNamed('named')).toMatchObject({ enabled: true });
  });

  it('deletes nobody whose groups give an administrative role', async () => {
    const { admin } = acme;
    const [client] = await admin.clients.find({ clientId: 'realm-management' });
    const clientUniqueId = client?.id ?? '';
    const role = await admin.clients.findRole({ id: clientUniqueId, roleName: 'manage-clients' });
    const [admins] = await admin.groups.find({ search: 'admins' });
    await admin.groups.addClientRoleMappings({
      id: admins?.id ?? '',
      clientUniqueId,
      roles: [{ id: role?.id ?? '', name: role?.name ?? '' }],
    });
    const below = await admin.groups.createChildGroup({ id: admins?.id ?? '' }, { name: 'night shift' });
    for (const [username, groupId] of [
      ['anna', admins?.id],
      ['nils', below.id],
    ] as const) {
      const { id, at } = await created(username);
      await admin.users.addToGroup({ id, groupId: groupId ?? '' });
      expect(await skipped(await forge('trash', id, at))).toMatchObject({
        kind: 'skipped',
        because: 'the person has the administrative role realm-management/manage-clients',
      });
      expect(await acme.userNamed(username)).toMatchObject({ enabled: true });
    }
  });

  it('stops a rule that would delete too many a minute, says so everywhere, and still closes the door', async () => {
    const people = ['t1', 't2', 't3', 't4', 't5'].map((name) => `trash-${name}`);
    for (const name of people) {
      await acme.register('trash', name);
    }
    const left = await until(
      'three deleted, two disabled',
      async () => (await Promise.all(people.map(acme.userNamed))).filter((user) => user !== undefined),
      (users) => users.length === 2 && users.every(({ enabled }) => enabled === false),
    );
    expect(left).toHaveLength(2);
    expect(await metrics()).toContain(`vestibule_rule_stopped{realm="${acme.realm}",file="trash.yaml",rule="trash"} 1`);
    expect((await checks(service.opsUrl))['limit']).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`${acme.realm}: trash.yaml "trash" is stopped since`),
    });
    expect(service.log.filter(({ level, rule }) => level === 'error' && rule === 'trash')).toHaveLength(1);
    expect((await mailTo(ops, 'stopped the rule "trash"')).text).toContain('3 people per minute');
    expect(await mailsTo(ops)).toHaveLength(1);
    expect(await metrics()).not.toMatch(/vestibule_jobs_given_up_total\{.*\} [1-9]/);
  });

  it('decides anew about those who waited when the rule is corrected, and lets in whom it disabled meanwhile', async () => {
    await service.writeRules({ 'trash.yaml': rulesOf(acme, 'trash', '[{ join-group: /welcome }]') });
    const people = await until(
      'two let in',
      async () => (await acme.admin.users.find({ search: 'trash-' })).filter(({ enabled }) => enabled === true),
      (users) => users.length === 2,
      40_000,
    );
    for (const { id } of people) {
      await until(
        'the group',
        () => acme.groupsOf(id ?? ''),
        (groups) => groups.includes('/welcome'),
      );
    }
    expect(await metrics()).not.toContain('vestibule_rule_stopped{');
  }, 60_000);

  it('decides and records under DRY_RUN, and changes nothing', async () => {
    const shadow = await createRealm({ prefix: 'dry-run', clients: [{ clientId: 'closed' }], groups: ['/readers'] });
    const dry = await startService({
      secret: shadow.secret,
      rules: {
        'closed.yaml': rulesOf(shadow, 'closed', '[disable-user, { join-group: /readers }, { notify-user: closed }]'),
      },
      env: { DRY_RUN: 'true' },
    });
    try {
      await shadow.register('closed', 'dora', `dora@${shadow.realm}.test`);
      const decided = await until(
        'the decision',
        () => dry.log.filter(({ msg, realm }) => msg === 'audit' && realm === shadow.realm),
        (lines) => lines.length > 0,
      );
      expect(decided).toEqual([
        expect.objectContaining({
          kind: 'decided',
          outcome: expect.stringMatching(/^dry-run: [a-z-]+/),
          rule: expect.anything(),
        }),
      ]);
      await until(
        'the job',
        async () => (await fetch(`${dry.opsUrl}/metrics`)).text(),
        (text) => text.includes('vestibule_jobs_total{queue="registrations",outcome="dry-run"} 1'),
      );
      expect((await checks(dry.opsUrl))['mode']).toEqual({ ok: true, detail: expect.stringContaining('dry run') });
      expect(dry.log).toContainEqual(expect.objectContaining({ msg: 'vestibule is open', dryRun: true }));
      const user = await shadow.userNamed('dora');
      expect(user).toMatchObject({ enabled: true });
      expect(await shadow.groupsOf(user?.id ?? '')).toEqual([]);
      expect(await shadow.sessionsOf(user?.id ?? '')).toBe(1);
      expect(await mailsTo(`dora@${shadow.realm}.test`)).toEqual([]);
    } finally {
      await dry.dispose();
      await shadow.dispose();
    }
  }, 90_000);
});
