import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';

import type { NewJob } from '../../src/jobs/payloads.ts';
import { context } from '../fakes/registrations.ts';
import { press } from '../../stack/press.ts';
import { vestibule } from './support/command.ts';
import { linkIn, mailTo } from './support/inbox.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;
let systems: Systems;

beforeAll(async () => {
  systems = await connectSystems();
  const clients = ['blog', 'forum', 'shop', 'portal'].map((clientId) => ({ clientId }));
  acme = await createRealm({ prefix: 'jobs', clients, groups: ['/partners'] });
  const file = (client: string, then: string): string =>
    `version: 1\nrealm: ${acme.realm}\nclients: ${client}\nrules:\n  - name: rule of ${client}\n    then: ${then}\n`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'blog.yaml': file('blog', '[{ join-group: /missing }, { join-group: /partners }]'),
      'forum.yaml': file('forum', '[{ join-group: /nowhere }]'),
      'shop.yaml': file('shop', '[{ disable-user: , after: 30d }]'),
      'portal.yaml': file(
        'portal',
        `[{ request-approval: { approvers: [desk@${acme.realm}.test], approved: [{ join-group: /partners }] } }]`,
      ),
    },
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
  readonly jobs: readonly Record<string, unknown>[];
}
const list = async (options: string) => JSON.parse((await run(`jobs list --format json ${options}`)).out) as Listed;

/** Registers somebody, and waits for their job to be in the state. */
async function registered(client: string, name: string, state: string) {
  await acme.register(client, name, mailOf(name));
  const userId = (await acme.userNamed(name))?.id ?? '';
  const [job] = await until(
    `a job of ${name}, ${state}`,
    async () => (await list(`--state ${state} --user ${userId}`)).jobs,
    ({ length }) => length === 1,
  );
  return { userId, job: `${String(job?.['queue'])}/${String(job?.['id'])}` };
}
const mailOf = (name: string): string => `${name}@people.${acme.realm}.test`;

/** What the audit has of a person, without the decision and its steps. */
async function byOperators(userId: string) {
  const records = await recordsOf(systems, service.settings.KAFKA_AUDIT_TOPIC);
  return records
    .filter(({ key }) => key === userId)
    .map(({ value }) => JSON.parse(value ?? '') as Record<string, unknown>)
    .filter(({ kind }) => ['retried', 'dropped'].includes(String(kind)));
}

const stateOf = async (job: string) =>
  (JSON.parse((await run(`jobs show ${job} --format json`)).out) as { state: string }).state;

describe('src/cli/jobs', () => {
  it('lists a job that was given up, finds it by every filter, and names the person only when asked', async () => {
    const { userId, job } = await registered('blog', 'lucy', 'failed');
    const filters = [
      `--realm ${acme.realm} --user lucy`,
      `--realm ${acme.realm} --user ${mailOf('lucy')}`,
      `--user ${userId}`,
      `--client blog --code GROUP_MISSING --queue registrations --since 10m`,
      `--rule blog.yaml --before 2099-01-01`,
    ];
    for (const filter of filters) {
      expect({ filter, ...(await list(filter)) }).toMatchObject({
        filter,
        total: 1,
        jobs: [{ userId, code: 'GROUP_MISSING' }],
      });
    }
    for (const filter of ['--code MAIL_REFUSED', '--queue mail', '--client nobody', '--before 10m']) {
      expect({ filter, ...(await list(filter)) }).toMatchObject({ filter, total: 0 });
    }
    const { out, code } = await run('jobs list --state failed');
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`failed ${job}\n  user ${userId} of realm ${acme.realm}, client blog\n`),
    ]);
    // Ids are of hex digits, so none can contain this name by chance.
    expect(out).not.toContain('lucy');
    expect(out).not.toContain('sweep');
    expect((await run('jobs list --names')).out).toContain(`user ${userId} (lucy, ${mailOf('lucy')})`);
    expect((await run(`jobs show ${job}`)).out).toContain('last error: GROUP_MISSING: ');
  }, 60_000);

  it('has it really tried again: Keycloak shows the groups, the audit who did it and why', async () => {
    const [{ id, userId } = {}] = (await list('--client blog --state failed')).jobs;
    const dry = await run(`jobs retry registrations/${String(id)} --dry-run`);
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('retry: 1 job, 1 person affected') });
    await acme.admin.groups.create({ name: 'missing' });
    expect(await byOperators(String(userId))).toEqual([]);

    const said = await vestibule(
      ['jobs', 'retry', `registrations/${String(id)}`, '--by', 'olga', '--reason', 'the group is there now'],
      service.settings,
    );
    expect(said).toMatchObject({ code: 0, out: '1 job will be tried again\n' });
    await until(
      'the groups',
      () => acme.groupsOf(String(userId)),
      (groups) => groups.includes('/missing') && groups.includes('/partners'),
    );
    expect(await byOperators(String(userId))).toMatchObject([
      {
        kind: 'retried',
        by: 'olga',
        because: 'the group is there now',
        step: 'join-group',
        rule: { rule: 'rule of blog' },
      },
    ]);
    await until(
      'its end',
      () => stateOf(`registrations/${String(id)}`),
      (state) => state === 'completed',
    );
    const again = await run(`jobs retry registrations/${String(id)}`);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is left alone: it is done already') });
  }, 60_000);

  it('gives a job all of its attempts back, and forgets the crashes of its workers', async () => {
    const { userId, job } = await registered('forum', 'fay', 'failed');
    const key = `${service.settings.REDIS_PREFIX}:${job.replace('/', ':')}`;
    await systems.redis.hset(key, { atm: '440', ats: '440', stc: '6' });
    await acme.admin.groups.create({ name: 'nowhere-yet' });
    expect(await run(`jobs retry ${job}`)).toMatchObject({ code: 0 });
    await until(
      'the second failure',
      () => systems.redis.hmget(key, 'atm', 'stc', 'failedReason'),
      ([, , why]) => why !== null,
    );
    expect(await systems.redis.hmget(key, 'atm', 'stc')).toEqual(['1', null]);
    expect(await acme.groupsOf(userId)).toEqual([]);
  }, 60_000);

  it('drops a job for good, after a question, and says what will never happen', async () => {
    const [{ id = '', userId } = {}] = (await list('--client forum --state failed')).jobs;
    const job = `registrations/${String(id)}`;
    expect(await run(`jobs drop ${job}`)).toMatchObject({ code: 1, err: expect.stringContaining('add --yes') });
    const no = await run(`jobs drop ${job}`, false);
    expect(no).toMatchObject({
      code: 1,
      asked: ['Drop them? This cannot be taken back.'],
      err: 'Nothing was changed.\n',
    });
    expect(await stateOf(job)).toBe('failed');

    await acme.admin.groups.create({ name: 'nowhere' });
    const said = await run(`jobs drop ${job} --names --by olga`, true);
    expect(said).toMatchObject({
      code: 0,
      out: expect.stringContaining(`(fay, ${mailOf('fay')}): join-group /nowhere\n`),
    });
    expect(await byOperators(String(userId))).toMatchObject([{ kind: 'retried' }, { kind: 'dropped', by: 'olga' }]);
    const queue = new Queue('registrations', { connection: systems.redis, prefix: service.settings.REDIS_PREFIX });
    await until(
      'its end',
      () => queue.getJobState(String(id)),
      (state) => state === 'completed',
    );
    // The event comes again, as from the event store: its id is taken.
    await queue.add('registrations', { registration: context.registration }, { jobId: String(id) });
    expect(await queue.getJobState(String(id))).toBe('completed');
    expect((await queue.getJob(String(id)))?.returnvalue).toBe('dropped');
    await queue.close();
    expect(await acme.groupsOf(String(userId))).toEqual([]);
    expect(await run(`jobs drop ${job}`, true)).toMatchObject({
      code: 1,
      err: expect.stringContaining('dropped already'),
    });
  }, 60_000);

  it('leaves a delayed step to its time, and drops it when asked', async () => {
    const { userId, job } = await registered('shop', 'sue', 'delayed');
    expect(await run(`jobs retry ${job}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('it is not due before 20'),
    });
    const all = `jobs drop --all --state delayed --realm ${acme.realm} --user sue`;
    expect(await run(`${all} --dry-run`)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`will never happen for user ${userId}: disable-user`),
    });
    expect(await stateOf(job)).toBe('delayed');
    expect(await run(`${all} --yes`)).toMatchObject({ code: 0, out: expect.stringContaining('1 job dropped\n') });
    await until(
      'its end',
      () => list(`--user ${userId}`),
      ({ total }) => total === 0,
    );
    expect((await acme.userNamed('sue'))?.enabled).toBe(true);
  }, 60_000);

  it('works on thousands, without the service', async () => {
    const prefix = `${systems.prefix}-many`;
    const settings = { ...service.settings, REDIS_PREFIX: prefix };
    const queue = new Queue('deadlines', { connection: systems.redis, prefix });
    const step = { uses: 'delete-user', with: null, after: null } as const;
    const jobs = Array.from({ length: 3_000 }, (_, index): NewJob<'deadlines'> => {
      const registration = { ...context.registration, realm: acme.realm, userId: `user-${index}` };
      return { id: `later-${index}`, data: { kind: 'delayed-step', context: { ...context, registration }, step } };
    });
    await queue.addBulk(
      jobs.map(({ id, data }) => ({ name: 'deadlines', data, opts: { jobId: id, delay: 86_400_000 } })),
    );
    const listed = await vestibule(['jobs', 'list', '--limit', '10'], settings);
    expect(listed.out).toContain('10 jobs, about 10 people; 2990 more match, see --limit');
    const said = await vestibule(
      ['jobs', 'drop', '--all', '--state', 'delayed', '--yes', '--reason', 'a test'],
      settings,
    );
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('drop: 3000 jobs, 3000 people affected') });
    expect(said.out).toMatch(/3000 jobs dropped\n$/);
    expect(await queue.getJobCounts('waiting', 'delayed')).toEqual({ waiting: 3_000, delayed: 0 });
    const left = await vestibule(['jobs', 'list', '--format', 'json', '--limit', '1'], settings);
    expect(JSON.parse(left.out)).toMatchObject({ total: 3_000, jobs: [{ state: 'dropped' }] });
    await queue.close();
  }, 120_000);

  it('says what is wrong, and changes nothing then', async () => {
    const { job } = await registered('blog', 'eve', 'completed');
    expect(await run('jobs show registrations/none')).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no job'),
    });
    expect(await run('jobs show fridge/none')).toMatchObject({
      code: 2,
      err: expect.stringContaining('A job is named QUEUE/ID'),
    });
    expect(await run(`jobs drop ${job}`, true)).toMatchObject({
      code: 1,
      err: expect.stringContaining('it is done already'),
    });
    expect(await run('jobs retry --all --code MAIL_REFUSED --yes')).toMatchObject({
      code: 0,
      out: 'Nothing to retry.\n',
    });
    const unknown = await run(`jobs list --realm ${acme.realm} --user nobody`);
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('has no user with this user name') });
    const noRedis = await vestibule(['jobs', 'list'], { ...service.settings, REDIS_URL: 'redis://127.0.0.1:9' });
    expect(noRedis).toMatchObject({ code: 2, err: expect.stringContaining('could not connect to Redis') });

    await acme.register('shop', 'max', mailOf('max'));
    const { jobs } = await until(
      'the step',
      () => list('--state delayed --client shop'),
      ({ total }) => total === 1,
    );
    const later = `deadlines/${String(jobs[0]?.['id'])}`;
    const noKafka = await vestibule(['jobs', 'drop', later, '--yes'], {
      ...service.settings,
      KAFKA_BROKERS: '127.0.0.1:9',
    });
    expect(noKafka).toMatchObject({ code: 2, err: expect.stringContaining('could not connect to Kafka') });
    expect(await stateOf(later)).toBe('delayed');
  }, 120_000);
});

describe('src/cli/history', () => {
  const history = (who: string, more = '') => run(`history --realm ${acme.realm} --user ${who}${more}`);

  it('tells what happened to a person, in order, with what operators did', async () => {
    const { id = '' } = (await acme.userNamed('lucy')) ?? {};
    for (const who of ['lucy', mailOf('lucy'), id]) {
      const { code, out } = await history(who);
      expect({ who, code }).toEqual({ who, code: 0 });
      expect(out.split('\n').map((line) => line.slice(26).split(' ')[0])).toEqual(
        expect.arrayContaining(['decided', 'failed', 'retried', 'step']),
      );
      expect(out.indexOf('failed')).toBeLessThan(out.indexOf('retried'));
      expect(out).toContain('by olga, rule blog.yaml:5 "rule of blog"');
      expect(out).toMatch(/nothing waits\n$/);
      expect(out.replaceAll(acme.realm, '')).not.toMatch(/\blucy\b|@people/);
    }
    expect((await history(id, ' --names')).out).toContain(`user ${id} (lucy, ${mailOf('lucy')})`);
  }, 90_000);

  it('tells what waits: the approval with its votes, and the delayed step', async () => {
    expect((await history('max')).out).toMatch(/what waits:\ndelayed deadlines\/.*\n.*\n {2}disable-user .*\n.*due 20/);
    await acme.register('portal', 'pia', mailOf('pia'));
    const link = linkIn(await mailTo(`desk@${acme.realm}.test`, 'wants to join'));
    const waits = await until(
      'the audit',
      () => history('pia'),
      ({ out }) => out.includes('  asked '),
    );
    expect(waits.out).toContain(`to d…@${acme.realm}.test`);
    expect(waits.out).toMatch(/what waits:\napproval \w{32}: waiting, 0 of 1 needed votes of 1 approvers, asked 20/);
    await press(link, 'approve');
    const done = await until(
      'the end',
      () => history('pia', ' --names --format json'),
      ({ out }) => out.includes('settled'),
    );
    const { entries, waiting } = JSON.parse(done.out) as { entries: { kind: string; by?: string }[]; waiting: object };
    expect(entries.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['decided', 'step', 'asked', 'voted', 'settled']),
    );
    expect(entries.find(({ kind }) => kind === 'voted')?.by).toBe(`desk@${acme.realm}.test`);
    expect(waiting).toMatchObject({ approvals: [] });
  }, 90_000);

  it('tells of a deleted account by its id or name, and says where it knows nothing', async () => {
    const { id = '' } = (await acme.userNamed('lucy')) ?? {};
    await acme.admin.users.del({ id });
    expect(await history(id)).toMatchObject({ code: 0, out: expect.stringContaining('retried') });
    expect(await history('lucy')).toMatchObject({ code: 0, out: expect.stringContaining('retried') });
    expect(await history('nobody')).toMatchObject({ code: 2, err: expect.stringContaining('nobody who registered') });
    const stranger = '00000000-0000-4000-8000-000000000000';
    expect(await history(stranger)).toMatchObject({ code: 1, out: expect.stringContaining('the audit has nothing') });
    expect((await history(id, ' --since 1s')).code).toBe(1);
    expect((await history(id, ' --all-partitions')).out).toContain('retried');
    const noRedis = await vestibule(['history', '--realm', acme.realm, '--user', id], {
      ...service.settings,
      REDIS_URL: '',
    });
    expect(noRedis.out).toContain('REDIS_URL is not set: what waits is unknown');
  }, 90_000);
});
