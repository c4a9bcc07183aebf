import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createDeadLetters } from '../../src/adapters/kafka/dead-letters.ts';
import { createTopicWriter } from '../../src/adapters/kafka/topic-writer.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { vestibule } from './support/command.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { signed } from './support/signed.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;
let systems: Systems;

beforeAll(async () => {
  systems = await connectSystems();
  acme = await createRealm({ prefix: 'letters', clients: [{ clientId: 'blog' }], groups: ['/readers'] });
  // So that nothing but the replay can bring the registration: neither the event store nor the shared events topic.
  const config = await acme.admin.realms.getConfigEvents({ realm: acme.realm });
  await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, { ...config, eventsEnabled: false });
  service = await startService({
    secret: acme.secret,
    rules: {
      'blog.yaml': `version: 1
realm: ${acme.realm}
clients: blog
rules:
  - name: readers
    then: [{ join-group: /readers }]
`,
    },
    env: { KAFKA_EVENTS_TOPIC: systems.topics.events, KAFKA_DEAD_LETTER_TOPIC: systems.topics.deadLetters },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await systems?.close();
});

const run = (command: string, answer?: boolean) => vestibule(command.split(' '), service.settings, answer);

interface Listed {
  readonly total: number;
  readonly deadLetters: readonly { readonly id: string; readonly state: string }[];
}
const list = async (options = '') => JSON.parse((await run(`dead-letters list --format json${options}`)).out) as Listed;

/** A letter of an earlier version, which could not read the record. */
async function keep(value: string, topic = systems.topics.events, key = 'k'): Promise<void> {
  const record = signed(topic, key, value, stackEnv.EVENT_SIGNING_KEY);
  const send = createDeadLetters(createTopicWriter(systems.producer, systems.topics.deadLetters));
  await send(
    { ...record, topic, partition: 0, offset: '0', key: Buffer.from(key), value: Buffer.from(value) },
    new ServiceError('EVENT_UNREADABLE', 'the event cannot be read: a field that is new'),
  );
}

describe('src/cli/dead-letters', () => {
  it('replays a record, which becomes a registration: Keycloak shows its effect', async () => {
    await acme.register('blog', 'ann', `ann@people.${acme.realm}.test`);
    const { id: userId = '', createdTimestamp } = (await acme.userNamed('ann')) ?? {};
    const { id: realmId = '' } = (await acme.admin.realms.findOne({ realm: acme.realm })) ?? {};
    const event = { type: 'REGISTER', id: '7c1f0f52-4a0e-4c43-9d1f-6a1d4a1f0c11', time: createdTimestamp, realmId };
    const details = { username: 'ann', email: `ann@people.${acme.realm}.test`, register_method: 'form' };
    await keep(
      JSON.stringify({ ...event, realmName: acme.realm, clientId: 'blog', userId, details }),
      undefined,
      userId,
    );

    const { out } = await run('dead-letters list');
    expect(out).toContain(`user ${userId} of realm ${acme.realm}, client blog; read as registered`);
    expect(out).toContain('1 dead letter; this version can read 1 of 1\n');
    expect(out).not.toContain('ann@');
    expect((await run('dead-letters list --names')).out).toContain(`(ann, ann@people.${acme.realm}.test)`);
    const [{ id } = { id: '' }] = (await list(` --realm ${acme.realm} --user ann --client blog`)).deadLetters;
    expect((await run(`dead-letters show ${id}`)).out).toContain(
      `from ${systems.topics.events}, partition 0, offset 0`,
    );
    expect(await run(`dead-letters replay ${id} --dry-run`)).toMatchObject({ code: 0 });
    expect(await acme.groupsOf(userId)).toEqual([]);

    const said = await vestibule(
      ['dead-letters', 'replay', id, '--by', 'olga', '--reason', 'upgraded'],
      service.settings,
    );
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('1 dead letter sent again\n') });
    await until(
      'the group',
      () => acme.groupsOf(userId),
      (groups) => groups.includes('/readers'),
    );
    const sent = (await recordsOf(systems, systems.topics.events)).find(({ key }) => key === userId);
    expect(Object.keys(sent?.headers ?? {})).toEqual(['vestibule-signature']);
    expect((await run(`history --realm ${acme.realm} --user ${userId}`)).out).toContain('by olga');
  }, 90_000);

  it('refuses a second replay, until told to do it again', async () => {
    const [{ id } = { id: '' }] = (await list(' --state replayed')).deadLetters;
    expect(await list()).toMatchObject({ total: 0 });
    const again = await run(`dead-letters replay ${id}`);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/olga replayed it at .*; add --again/) });
    expect(await run(`dead-letters replay ${id} --again`)).toMatchObject({ code: 0 });
    expect((await run(`dead-letters show ${id}`)).out.match(/replayed 20/g)).toHaveLength(2);
  }, 90_000);

  it('says before it sends why a record still cannot be read, and drops it after a question', async () => {
    await systems.producer.send({ topic: systems.topics.events, messages: [{ key: 'x', value: 'no JSON' }] });
    const { deadLetters } = await until(
      'the letter',
      () => list(),
      ({ total }) => total === 1,
    );
    const id = deadLetters[0]?.id ?? '';
    const refused = await run(`dead-letters replay ${id}`);
    expect(refused).toMatchObject({
      code: 1,
      out: 'Nothing to replay.\n',
      err: expect.stringContaining('not JSON; add'),
    });
    expect(await run(`dead-letters drop ${id}`)).toMatchObject({ code: 1, err: expect.stringContaining('add --yes') });
    expect(await run(`dead-letters drop ${id}`, false)).toMatchObject({
      code: 1,
      asked: [expect.stringContaining('Drop?')],
    });
    expect(await list()).toMatchObject({ total: 1 });
    const dropped = await run(`dead-letters drop ${id}`, true);
    expect(dropped).toMatchObject({
      code: 0,
      out: expect.stringContaining('the record of a person whom it does not name will not be handled'),
    });
    expect(await list()).toMatchObject({ total: 0 });
    expect(await list(' --state dropped')).toMatchObject({ total: 1, deadLetters: [{ id, state: 'dropped' }] });
  }, 90_000);

  it('handles thousands', async () => {
    const send = createDeadLetters(createTopicWriter(systems.producer, systems.topics.deadLetters));
    const error = new ServiceError('REALM_UNKNOWN', 'no such realm');
    const record = { topic: 'elsewhere', partition: 0, key: null, value: Buffer.from('junk'), headers: {} };
    await Promise.all(Array.from({ length: 3_000 }, (_, offset) => send({ ...record, offset: String(offset) }, error)));
    expect((await run('dead-letters list --limit 5')).out).toContain('5 dead letters; 2995 more match, see --limit');
    const plan = await run('dead-letters drop --all --code REALM_UNKNOWN --limit 5000 --dry-run');
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('drop: 3000 dead letters') });
    const said = await run('dead-letters drop --all --code REALM_UNKNOWN --limit 5000 --yes');
    expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/3000 dead letters dropped\n$/) });
    expect(await list()).toMatchObject({ total: 0 });
  }, 180_000);

  it('says what is wrong', async () => {
    expect(await run('dead-letters show 0/99999')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no dead letter'),
    });
    await keep('{}', 'other.events');
    const [{ id } = { id: '' }] = (await list()).deadLetters;
    const other = await run(`dead-letters replay ${id} --unreadable`);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('it came from the topic other.events') });
    const env = { ...service.settings, KAFKA_DEAD_LETTER_TOPIC: 'no-such-topic' };
    const none = await vestibule(['dead-letters', 'list'], env);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('set KAFKA_DEAD_LETTER_TOPIC') });
    const away = await vestibule(['dead-letters', 'list'], { ...service.settings, KAFKA_BROKERS: '127.0.0.1:9' });
    expect(away).toMatchObject({ code: 2, err: expect.stringMatching(/^vestibule dead-letters: .*Kafka|could not/) });
  }, 120_000);
});
