import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { signatureHeader, signatureOf } from '../../src/ingest/signature.ts';
import { jsonOf, partIn, signerOf } from '../../src/rules/door/wire.ts';
import type { DoorPolicy } from '../../src/rules/door/policy.ts';
import { vestibule } from './support/command.ts';
import { addGate } from './support/gate.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let systems: Systems;
let service: TestService;
let tried: TestService | undefined;

const file = (client: string, then: string, more = ''): string => `version: 1
realm: ${acme.realm}
clients: [${client}]
hold: gate
rules:
  - name: the rule of ${client}
    then: ${then}
${more}`;

const rules = (): Record<string, string> => ({
  'readers.yaml': file('readers', '[{ notify-user: welcome }, { join-group: /readers }]'),
  'tried.yaml': file('tried', '[delete-user]', '    dry-run: true\n'),
  'shut.yaml': file('shut', '[disable-user]'),
  'desk.yaml': file('desk', '[{ request-approval: { approvers: [desk@acme.test], hold: gate } }]'),
});

beforeAll(async () => {
  systems = await connectSystems();
  acme = await createRealm({
    prefix: 'door',
    clients: ['readers', 'tried', 'shut', 'desk', 'unnamed', 'invited'].map((clientId) => ({ clientId })),
    groups: ['/readers'],
  });
  await addGate(acme.admin, acme.realm, ['*']);
  service = await startService({ secret: acme.secret, rules: rules() });
}, 120_000);

afterAll(async () => {
  await tried?.dispose();
  await service?.dispose();
  await systems?.close();
  await acme?.dispose();
});

interface Found {
  readonly policy: DoorPolicy | null;
  readonly sequence: number;
  readonly signed: boolean;
}

/** As a Keycloak finds it that reads the topic from its beginning, after compaction. */
async function policyOn(topic: string): Promise<Found> {
  const last = (await recordsOf(systems, topic)).findLast(({ key }) => key === 'policy-0');
  const record = { key: last?.key ?? '', value: last?.value ?? '' };
  const part = partIn(record);
  const json = part === null ? null : jsonOf([part]);
  return {
    policy: json === null ? null : (JSON.parse(json) as DoorPolicy),
    sequence: part?.sequence ?? 0,
    signed: signerOf(topic, record, last?.headers['vestibule-signature'], [stackEnv.EVENT_SIGNING_KEY]) === 'first',
  };
}

async function checks(of: TestService): Promise<Record<string, { detail: string }>> {
  const ready = await fetch(`${of.opsUrl}/readyz`);
  return ((await ready.json()) as { checks: Record<string, { detail: string }> }).checks;
}

async function published(of: TestService, besides = ''): Promise<string> {
  const { door } = await until(
    'the policy',
    () => checks(of),
    (all) => / is published$/.test(all['door']?.detail ?? '') && all['door']?.detail !== besides,
    60_000,
  );
  return door?.detail ?? '';
}

const actionsOf = async (username: string) => (await acme.userNamed(username))?.requiredActions;

describe('the gate', () => {
  it.each([
    ['rules that give a group', 'readers'],
    ['a dry run of a deletion', 'tried'],
    ['no rule at all', 'unnamed'],
  ])(
    'lets in at once: %s',
    async (_, client) => {
      const took: string[] = [];
      for (let person = 0; person < 5; person += 1) {
        const username = `${client}-${person}`;
        const { answeredAt, outcome } = await acme.register(client, username);
        expect(['code', 'page']).toContain(outcome); // it waits for a moment, and then shows the page
        await until(
          'the release',
          () => actionsOf(username),
          (actions) => actions?.length === 0,
          30_000,
        );
        const { id, createdTimestamp = 0 } = (await acme.userNamed(username)) ?? {};
        const line = await until(
          'the audit',
          () => service.log.find((entry) => entry['userId'] === id && entry['step'] === 'release'),
          (entry) => entry !== undefined,
        );
        const at = Date.parse(String(line?.['at']));
        took.push(`${at - answeredAt} (${at - createdTimestamp})`);
        await expect(acme.groupsOf(id ?? '')).resolves.toEqual(client === 'readers' ? ['/readers'] : []);
      }
      console.log(
        `${client}: ms from Keycloak's answer to the form (from the account) to the release: ${took.join(', ')}`,
      );
    },
    120_000,
  );

  it('holds who waits for approval and who is disabled', async () => {
    await acme.register('desk', 'dora');
    await until(
      'the question',
      () => actionsOf('dora'),
      (actions) => actions?.includes('vestibule-waiting') === true,
    );
    await acme.register('shut', 'sid');
    const shut = await until(
      'the disable',
      () => acme.userNamed('sid'),
      (user) => user?.enabled === false,
    );
    expect(shut?.requiredActions).toEqual(['vestibule-pending']);
    expect(await actionsOf('dora')).toContain('vestibule-pending');
  }, 60_000);

  it('lets in who registered while the service was away, once it is back', async () => {
    await service.stop();
    const { outcome } = await acme.register('readers', 'nora');
    expect(outcome).toBe('page');
    expect(await actionsOf('nora')).toEqual(['vestibule-pending']);
    await service.restart();
    await until(
      'the release',
      () => actionsOf('nora'),
      (actions) => actions?.length === 0,
      30_000,
    );
  }, 120_000);
});

describe('the policy of the door', () => {
  const topic = () => service.settings.KAFKA_DOOR_TOPIC;

  it('is published at the start, signed, and again when the rules change', async () => {
    const first = await published(service);
    const before = await policyOn(topic());
    expect(before).toMatchObject({ signed: true, policy: { format: 1, version: first.split(' ')[1] } });
    expect(before.policy?.lists.map(({ hold }) => hold)).toEqual([true, true, true, true]);
    await service.writeRules({ 'shut.yaml': file('shut', '[{ refuse-registration: { message: closed } }]') });
    const second = await published(service, first);
    const after = await policyOn(topic());
    expect(after).toMatchObject({ signed: true, policy: { version: second.split(' ')[1] } });
    expect(after.sequence).toBeGreaterThan(before.sequence);
    expect(after.policy?.lists.flatMap(({ rules: all }) => all).map(({ door }) => door)).toContain('refuse');
  }, 90_000);

  it('is found by the doctor', async () => {
    await published(service);
    const { out } = await vestibule(['doctor', '--format', 'json'], service.settings);
    const { findings } = JSON.parse(out) as { findings: { id: string; level: string; what: string }[] };
    expect(findings.filter(({ id }) => id.startsWith('door-'))).toMatchObject([{ id: 'door-policy', level: 'ok' }]);
  }, 60_000);

  it('comes back when it is overwritten, also by an older signed one, deleted, or lost with its topic', async () => {
    await published(service);
    const { sequence } = await policyOn(topic());
    const older = (await recordsOf(systems, topic())).find(
      (record) =>
        record.key === 'policy-0' &&
        (partIn({ key: 'policy-0', value: record.value ?? '' })?.sequence ?? sequence) < sequence,
    );
    const back = () =>
      until(
        'the policy',
        () => policyOn(topic()),
        (found) => found.sequence === sequence,
        60_000,
      );
    expect(older?.headers).toHaveProperty('vestibule-signature');
    const over = [{ value: 'forged' }, { value: null }, { value: older?.value ?? '', headers: older?.headers ?? {} }];
    for (const message of over) {
      await systems.producer.send({ topic: topic(), messages: [{ key: 'policy-0', ...message }] });
      await expect(back()).resolves.toMatchObject({ signed: true });
    }
    await systems.admin.deleteTopics({ topics: [topic()] });
    await until(
      'the topic',
      async () => (await systems.admin.listTopics()).includes(topic()),
      (there) => there,
      60_000,
    );
    await expect(back()).resolves.toMatchObject({ signed: true });
    await published(service);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^vestibule_door_policy_ok 1$/m);
  }, 200_000);

  it('holds and refuses nothing in a dry run', async () => {
    tried = await startService({ secret: acme.secret, rules: rules(), env: { DRY_RUN: 'true' } });
    const detail = await published(tried);
    const { policy, signed } = await policyOn(tried.settings.KAFKA_DOOR_TOPIC);
    expect(signed).toBe(true);
    expect(policy).toEqual({ format: 1, version: detail.split(' ')[1], entries: [], lists: [] });
  }, 90_000);

  it('is not published without a signing key, and the service says so once', async () => {
    const bare = await startService({ secret: acme.secret, rules: rules(), env: { EVENT_SIGNING_KEY: '' } });
    try {
      expect((await checks(bare))['door']?.detail).toContain('no EVENT_SIGNING_KEY');
      const said = bare.log.filter(({ msg }) => String(msg).startsWith('without EVENT_SIGNING_KEY'));
      expect(said).toHaveLength(1);
      expect((await recordsOf(systems, bare.settings.KAFKA_DOOR_TOPIC)).length).toBe(0);
    } finally {
      await bare.dispose();
    }
  }, 90_000);
});

describe('what the door refuses', () => {
  it('is in the audit without a user, and counted; a record that nobody signed is not', async () => {
    const topic = 'keycloak.events';
    const event = (clientId: string) =>
      JSON.stringify({
        id: randomUUID(),
        time: Date.now(),
        type: 'REGISTER_ERROR',
        realmId: randomUUID(),
        realmName: acme.realm,
        clientId,
        userId: null,
        ipAddress: '127.0.0.1',
        error: 'registration_refused',
        details: { vestibule_rule: 'the rule of shut', vestibule_file: 'shut.yaml', vestibule_policy: 'v1' },
      });
    const value = event('shut');
    const signature = signatureOf({ topic, key: null, value }, stackEnv.EVENT_SIGNING_KEY);
    const messages = [
      { key: null, value: event('forged') },
      { key: null, value, headers: { [signatureHeader]: signature } },
    ];
    await systems.producer.send({ topic, messages });
    const entry = await until(
      'the audit',
      () => service.log.find(({ kind }) => kind === 'refused-at-door'),
      (found) => found !== undefined,
      60_000,
    );
    expect(entry).toMatchObject({
      realm: acme.realm,
      clientId: 'shut',
      outcome: 'registration_refused',
      version: 'v1',
      rule: { file: 'shut.yaml', line: 6, rule: 'the rule of shut' },
    });
    expect(entry).not.toHaveProperty('userId');
    const stored = await recordsOf(systems, service.settings.KAFKA_AUDIT_TOPIC);
    expect(stored.filter((record) => record.value?.includes('refused-at-door'))).toMatchObject([{ key: null }]);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    const labels = `realm="${acme.realm}",client="shut",rule="the rule of shut"`;
    expect(metrics).toContain(`vestibule_door_refusals_total{${labels}} 1`);
    expect(metrics).not.toContain('forged');
  }, 90_000);
});

describe('a rule about a request header that Keycloak does not look for', () => {
  const conditionInForce = (wanted: (when: unknown) => boolean) =>
    until(
      'the rules in force',
      () => policyOn(service.settings.KAFKA_DOOR_TOPIC),
      ({ policy }) =>
        policy?.lists.some(({ file: name, rules: [rule] }) => name === 'invited.yaml' && wanted(rule?.when)) === true,
    );

  it('keeps the person at the gate, and says so, until the rules do without it', async () => {
    const strangers = file(
      'invited',
      '[{ join-group: /readers }]',
      '    when: { not: { request-header: { x-invited: "*" } } }\n',
    );
    await service.writeRules({ 'invited.yaml': strangers });
    await conditionInForce((when) => when !== null);
    expect((await acme.register('invited', 'ines')).outcome).toBe('page');
    const id = (await acme.userNamed('ines'))?.id ?? '';
    const ofInes = (word: string) =>
      until(
        word,
        () => service.log.find((entry) => entry['userId'] === id && Object.values(entry).includes(word)),
        (entry) => entry !== undefined,
      );
    expect((await ofInes('waits'))?.['because']).toBe('request headers that rules ask for are not known: x-invited');
    await ofInes('a registration waits: rules ask for request headers that Keycloak did not report');
    expect(await actionsOf('ines')).toEqual(['vestibule-pending']);
    expect(await acme.groupsOf(id)).toEqual([]);

    await service.writeRules({ 'invited.yaml': file('invited', '[{ join-group: /readers }]') });
    await conditionInForce((when) => when === null);
    const again = ['jobs', 'retry', '--all', '--state', 'delayed', '--user', id, '--reason', 'the rules are mended'];
    await vestibule([...again, '--yes'], service.settings);
    await until(
      'the release',
      () => actionsOf('ines'),
      (actions) => actions?.length === 0,
      30_000, // by itself it would take a minute
    );
    expect(await acme.groupsOf(id)).toEqual(['/readers']);
  }, 90_000);
});

describe('a person whom Keycloak held by a policy that the service has not read', () => {
  it('stays at the gate until the service has read all that the topic has', async () => {
    const { id: userId } = await acme.admin.users.create({
      realm: acme.realm,
      username: 'pia',
      enabled: true,
      requiredActions: ['vestibule-pending'],
    });
    const { createdTimestamp: time = 0 } = (await acme.userNamed('pia')) ?? {};
    const value = JSON.stringify({
      id: randomUUID(),
      time,
      type: 'REGISTER',
      realmName: acme.realm,
      clientId: 'readers',
      userId,
      details: {
        register_method: 'form',
        username: 'pia',
        vestibule_policy: 'another',
        vestibule_policy_sequence: String(Date.now()),
      },
    });
    const topic = 'keycloak.events';
    const signature = signatureOf({ topic, key: userId, value }, stackEnv.EVENT_SIGNING_KEY);
    await systems.producer.send({
      topic,
      messages: [{ key: userId, value, headers: { [signatureHeader]: signature } }],
    });
    const line = await until(
      'the wait',
      () => service.log.find((entry) => entry['userId'] === userId && entry['inForce'] === 'another'),
      (entry) => entry !== undefined,
    );
    expect(line?.['msg']).toBe('a person at the gate waits for an instance with the rules in force at the door');
    await until(
      'the release',
      () => actionsOf('pia'),
      (actions) => actions?.length === 0,
      60_000,
    );
    expect(await acme.groupsOf(userId)).toEqual(['/readers']);
  }, 90_000);
});
