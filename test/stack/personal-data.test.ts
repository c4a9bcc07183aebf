import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import { press } from '../../stack/press.ts';
import { linkIn, mailTo } from './support/inbox.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

// What stays in Redis and in the approvals topic of people who registered, once everything is done that was to do.

const run = randomBytes(4).toString('hex');
const names = { paul: `paul${run}`, greta: `greta${run}`, bea: `bea${run}` };
const addressOf = (name: string): string => `${name}@people.test`;
/** Names and addresses of all three, and where they and the approver came from: forms and links of this test are local. */
const traces = new RegExp(`${run}|Meyer|127\\.0\\.0\\.1`);

let acme: TestRealm;
let service: TestService;
let systems: Systems;
let redis: Redis;
/** Of the links in mails to approvers. */
const tokens: string[] = [];

beforeAll(async () => {
  systems = await connectSystems();
  redis = new Redis(stackEnv.REDIS_URL);
  acme = await createRealm({
    prefix: 'personal-data',
    clients: [{ clientId: 'blog' }, { clientId: 'portal' }, { clientId: 'shop' }],
    groups: ['/partners'],
  });
  const file = (client: string, then: string): string =>
    `version: 1\nrealm: ${acme.realm}\nclients: ${client}\nrules:\n  - name: the rule\n    then: ${then}\n`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': file(
        'portal',
        `[{ request-approval: { approvers: [desk@${acme.realm}.test], approved: [{ join-group: /partners }] } }]`,
      ),
      'blog.yaml': file('blog', '[{ join-group: /missing }, { notify-user: welcome }]'),
      'shop.yaml': file('shop', '[{ notify-user: welcome }, { disable-user: , after: 30d }]'),
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  redis?.disconnect();
  await systems?.close();
});

/** Everything under the prefix of this service, each key with what it holds. */
async function everythingInRedis(): Promise<string[]> {
  const prefix = service.settings.REDIS_PREFIX;
  const keys = await redis.keys(`${prefix}*`);
  return Promise.all(
    keys.map(async (key) => {
      const readers: Record<string, () => Promise<unknown>> = {
        string: () => redis.get(key),
        hash: () => redis.hgetall(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, '0', '-1'),
        stream: () => redis.xrange(key, '-', '+'),
      };
      const held = await readers[await redis.type(key)]?.();
      return `${key} ${JSON.stringify(held)}`;
    }),
  );
}

/** All that has a trace of the people, when everything is done; polled, for the last job may not be over yet. */
const tracesInRedis = () =>
  until(
    'a Redis without traces',
    async () => (await everythingInRedis()).filter((entry) => traces.test(entry)),
    (found) => found.length === 0,
  );

async function snapshots() {
  const records = await recordsOf(systems, service.settings.KAFKA_APPROVALS_TOPIC);
  return { all: records.map(({ value }) => value ?? ''), last: new Map(records.map(({ key, value }) => [key, value])) };
}

const counts = async (): Promise<Record<string, Record<string, number>>> =>
  (await (await fetch(`${service.opsUrl}/queues`)).json()) as Record<string, Record<string, number>>;

describe('personal data', () => {
  it('goes from an approval when it is settled, and shows the address to the approver before', async () => {
    await acme.register('portal', names.paul, addressOf(names.paul));
    const link = linkIn(await mailTo(`desk@${acme.realm}.test`, 'wants to join'));
    tokens.push(link.split('/').at(-1) ?? '');
    const page = await (await fetch(link)).text();
    expect(page).toContain('127.0.0.1');
    await press(link, 'approve');
    await mailTo(addressOf(names.paul), 'is approved');
    await tracesInRedis();
    const { all, last } = await snapshots();
    expect([...last.values()].map((value) => JSON.parse(value ?? '') as object)).toMatchObject([
      { state: 'approved', settled: true, ip: null, votes: [{ ip: null, userAgent: null }] },
    ]);
    expect(all.filter((value) => new RegExp(`${run}|Meyer`).test(value))).toEqual([]);
  }, 60_000);

  it('does not stay with a step that waits for weeks', async () => {
    await acme.register('shop', names.greta, addressOf(names.greta));
    await mailTo(addressOf(names.greta), 'Welcome');
    await until('the delayed step', counts, (all) => (all['deadlines']?.['delayed'] ?? 0) >= 1);
    await tracesInRedis();
  }, 60_000);

  it('does not stay with a job that is given up, which yet does its work when it is tried again', async () => {
    await acme.register('blog', names.bea, addressOf(names.bea));
    await until('the failed job', counts, (all) => all['registrations']?.['failed'] === 1);
    await tracesInRedis();

    await acme.admin.groups.create({ name: 'missing' });
    const queue = new Queue('registrations', { connection: redis, prefix: service.settings.REDIS_PREFIX });
    await queue.retryJobs({ state: 'failed' });
    await mailTo(addressOf(names.bea), 'Welcome');
    const user = await acme.userNamed(names.bea);
    expect(await acme.groupsOf(user?.id ?? '')).toEqual(['/missing']);
    await tracesInRedis();
    await queue.close();
  }, 60_000);

  it('is not in the log at debug or in the metrics, and neither are secrets and links', async () => {
    const { KEYCLOAK_CLIENT_SECRET, LINK_KEYS, EVENT_SIGNING_KEY = '' } = service.settings as Record<string, string>;
    const key = (LINK_KEYS ?? '').split(':')[1] ?? '';
    const secrets = [KEYCLOAK_CLIENT_SECRET ?? '', key, ...EVENT_SIGNING_KEY.split(','), ...tokens].filter(Boolean);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    const lines = [...service.log.map((line) => JSON.stringify(line)), ...metrics.split('\n')];
    const found = (text: string) => lines.filter((line) => line.includes(text));
    expect(service.log.length).toBeGreaterThan(20);
    expect(lines.filter((line) => new RegExp(`${run}|Meyer`).test(line))).toEqual([]);
    expect(secrets.length).toBeGreaterThan(2);
    expect(secrets.flatMap(found)).toEqual([]);
    expect(lines.filter((line) => /bearer |authorization"|access_token|eyJ[\w-]{8,}\.eyJ/i.test(line))).toEqual([]);
    expect((await everythingInRedis()).filter((entry) => secrets.some((secret) => entry.includes(secret)))).toEqual([]);
  });
});
