import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { vestibule } from './support/command.ts';
import { linkIn, mailTo } from './support/inbox.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { type OwnRedis, startOwnRedis } from './support/own-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

// The steps of docs/recover.md for a Redis that is gone with its disk, and what operators then see and do.

let systems: Systems;
let own: OwnRedis;
let acme: TestRealm;
let service: TestService;
/** Whose registration is dropped. */
let gus: string;

beforeAll(async () => {
  systems = await connectSystems();
  own = await startOwnRedis();
  const clients = ['forum', 'forum2', 'shop', 'portal'].map((clientId) => ({ clientId }));
  acme = await createRealm({ prefix: 'restore', clients, groups: ['/partners'] });
  const file = (client: string, then: string): string =>
    `version: 1\nrealm: ${acme.realm}\nclients: ${client}\nrules:\n  - name: rule of ${client}\n    then: ${then}\n`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'forum.yaml': file('forum', '[{ join-group: /nowhere }]'),
      'forum2.yaml': file('forum2', '[{ join-group: /nobody-there }]'),
      'shop.yaml': file('shop', '[{ disable-user: , after: 30d }]'),
      'portal.yaml': file(
        'portal',
        `[{ request-approval: { approvers: [desk@${acme.realm}.test], approved: [{ join-group: /partners }] } }]`,
      ),
    },
    env: { REDIS_URL: own.url },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await own?.stop();
  await systems?.close();
});

const run = (command: string) => vestibule(command.split(' '), service.settings);

interface Listed {
  readonly queue: string;
  readonly id: string;
  readonly state: string;
}
async function jobOf(userId: string, state: string): Promise<string> {
  const list = async () => {
    const { out } = await run(`jobs list --user ${userId} --state ${state} --format json`);
    return (JSON.parse(out) as { jobs: readonly Listed[] }).jobs;
  };
  const [job] = await until(`a job, ${state}`, list, ({ length }) => length === 1, 60_000);
  return `${job?.queue}/${job?.id}`;
}

async function registered(client: string, name: string): Promise<string> {
  await acme.register(client, name, `${name}@people.${acme.realm}.test`);
  return (await acme.userNamed(name))?.id ?? '';
}

/** Keys of the jobs about a person that Kafka remembers. */
async function remembered(userId: string): Promise<string[]> {
  const held = new Map<string, string | null>();
  for (const { key, value } of await recordsOf(systems, service.settings.KAFKA_STATE_TOPIC)) {
    held.set(key ?? '', value);
  }
  return [...held].flatMap(([key, value]) => (key.startsWith('job/') && value?.includes(userId) ? [key] : []));
}

/** The steps of the page. */
async function restore(): Promise<void> {
  await service.stop();
  await own.restartEmpty();
  await service.restart();
}

describe('a restore from Kafka and Keycloak alone', () => {
  it('brings back the approval, the delayed step, and the job that was given up, which operators then handle', async () => {
    const [fay, sue, pia] = [
      await registered('forum', 'fay'),
      await registered('shop', 'sue'),
      await registered('portal', 'pia'),
    ];
    await jobOf(fay, 'failed');
    await jobOf(sue, 'delayed');
    const link = linkIn(await mailTo(`desk@${acme.realm}.test`, 'wants to join'));
    await until(
      'the step that Kafka remembers',
      () => remembered(sue),
      ({ length }) => length === 1,
    );

    await restore();

    const later = await jobOf(sue, 'delayed');
    const failed = await jobOf(fay, 'failed');
    expect((await run(`history --realm ${acme.realm} --user ${pia}`)).out).toMatch(
      /what waits:\napproval \w{32}: waiting/,
    );
    await acme.admin.groups.create({ name: 'nowhere' });
    expect(await run(`jobs retry ${failed}`)).toMatchObject({ code: 0 });
    await until(
      'the group',
      () => acme.groupsOf(fay),
      (groups) => groups.includes('/nowhere'),
    );
    await press(link, 'approve');
    await until(
      'the group of partners',
      () => acme.groupsOf(pia),
      (groups) => groups.includes('/partners'),
    );
    expect(await run(`jobs drop ${later} --yes`)).toMatchObject({ code: 0 });
    await until(
      'Kafka forgets the step',
      () => remembered(sue),
      ({ length }) => length === 0,
    );
    gus = await registered('forum2', 'gus');
    expect(await run(`jobs drop ${await jobOf(gus, 'failed')} --yes`)).toMatchObject({ code: 0 });
    await until(
      'its end',
      () => run(`jobs list --realm ${acme.realm}`),
      ({ out }) => out.startsWith('0 jobs'),
    );
    await acme.admin.groups.create({ name: 'nobody-there' });
  }, 180_000);

  it('does not bring back what was dropped or is done', async () => {
    await restore();
    await until(
      'the event store is read',
      () => own.redis.get(`${service.settings.REDIS_PREFIX}:reconciled:${acme.realm}`),
      (position) => position !== null,
      60_000,
    );
    await until(
      'the end of all work',
      () => run(`jobs list --realm ${acme.realm}`),
      ({ out }) => out.startsWith('0 jobs'),
      60_000,
    );
    expect((await acme.userNamed('sue'))?.enabled).toBe(true);
    expect(await acme.groupsOf(gus)).toEqual([]);
  }, 120_000);
});
