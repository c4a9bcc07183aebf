import type { FaultCase } from '../support/fault-case.ts';
import type { Scene } from '../support/scene.ts';
import { anyTopic, onlyEventStore, ownRedis } from './common.ts';

/** People of whom all is done, one by a vote: what a Redis that forgets the last changes would forget. */
async function done(scene: Scene): Promise<void> {
  const closed = await scene.register('closed', 3);
  const trash = await scene.register('trash', 2);
  await scene.register('members', 2);
  const [inside = '', held = ''] = await scene.register('portal', 2);
  scene.expect(inside, 'member');
  await scene.decide(inside, 'approve');
  await scene.request(held);
  await scene.comes('all is done once', async () => {
    const gone = (await Promise.all(trash.map((name) => scene.enabled(name)))).every((one) => one === undefined);
    return gone && (await scene.enabled(inside)) === true && (await scene.allDisabled([...closed, held]));
  });
}

/** What Redis forgets, Kafka and Keycloak remember. */
export const stateCases: readonly FaultCase[] = [
  {
    name: 'flushall',
    breaks: 'Redis is emptied under the running service, and events come by the event store only',
    proves: ['P1'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service({ ...env, ...onlyEventStore(scene) });
      const before = await scene.register('closed', 2);
      await scene.comes('the event store alone is enough', () => scene.allDisabled(before), 180_000);
      await (await scene.redisClient(redis.url)).flushall();
      const after = await scene.register('closed', 4);
      await scene.comes('reconciling goes on without a restart', () => scene.allDisabled(after), 180_000);
    },
  },
  {
    name: 'flushall-under-load',
    breaks: 'Redis is emptied while people register',
    proves: ['P1', 'P2'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const client = await scene.redisClient(redis.url);
      const arriving = Promise.all([
        scene.register('closed', 6),
        scene.register('members', 3),
        scene.register('trash', 3),
      ]);
      await scene.register('closed', 1);
      await client.flushall();
      await arriving;
    },
  },
  {
    name: 'approved-after-redis-loss',
    breaks: 'Redis is emptied between the question and the approval',
    proves: ['P1', 'P6'],
    mailTwice: true,
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const [yes = '', no = ''] = await scene.register('portal', 2);
      await Promise.all([scene.request(yes), scene.request(no)]);
      await scene.comes('both wait outside', () => scene.allDisabled([yes, no]));
      await (await scene.redisClient(redis.url)).flushall();
      scene.expect(yes, 'member');
      scene.expect(no, 'gone');
      for (const [name, verdict] of [
        [yes, 'approve'],
        [no, 'reject'],
      ] as const) {
        await scene.comes(`the link about ${name} works again`, async () => {
          const { status } = await scene.decide(name, verdict);
          return status === 200;
        });
      }
    },
  },
  {
    name: 'mark-after-redis-loss',
    breaks: 'Redis is emptied after an account was disabled, and before its approval is in Kafka',
    proves: ['P1', 'P6'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      const service = await scene.service(env);
      const approvals = /^KAFKA_APPROVALS_TOPIC$/;
      await anyTopic(service, { 'max.message.bytes': '10' }, approvals);
      const [name = ''] = await scene.register('portal', 1);
      await scene.comes('the person is out', () => scene.allDisabled([name]));
      await (await scene.redisClient(redis.url)).flushall();
      await anyTopic(service, { 'max.message.bytes': '1048588' }, approvals);
      await service.stop();
      await service.start();
      scene.expect(name, 'member');
      await scene.decide(name, 'approve');
    },
  },
  {
    name: 'delayed-step-after-redis-loss',
    breaks: 'Redis is emptied between a rule and its delayed step',
    proves: ['P1'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      const closed = scene.rulesOf('closed', '[disable-user, { delete-user: { after: 30s } }]');
      await scene.service(env, { rules: { ...scene.rules(), 'closed.yaml': closed } });
      const names = await scene.register('closed', 3, 'gone');
      await scene.comes('they are out at once', () => scene.allDisabled(names));
      await (await scene.redisClient(redis.url)).flushall();
    },
  },
  {
    name: 'retried-mail-after-redis-loss',
    breaks: 'Redis is emptied while mail waits for its mail server',
    proves: ['P1'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      const mail = await scene.mailServer();
      const proxy = await scene.proxy(mail.port);
      proxy.set({ kind: 'refuse' });
      const service = await scene.service({ ...env, SMTP_URL: `smtp://127.0.0.1:${proxy.port}` });
      const names = await scene.register('portal', 2);
      await scene.comes('both wait outside', () => scene.allDisabled(names));
      await scene.comes('a mail was tried', () => service.lines.some(({ queue }) => queue === 'mail'), 60_000);
      await (await scene.redisClient(redis.url)).flushall();
      proxy.heal();
      const toDesk = (): number => mail.taken.filter((line) => line.startsWith(scene.desk)).length;
      await scene.comes('each request arrives', () => toDesk() >= 2, 300_000);
    },
  },
  {
    name: 'redis-crash',
    breaks: 'Redis is killed under load and starts again with its append-only file',
    proves: ['P1', 'P2'],
    fast: true,
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const arriving = Promise.all([scene.register('closed', 5), scene.register('members', 3)]);
      await scene.register('trash', 2);
      await redis.server.crash();
      await arriving;
      await redis.server.start();
      await scene.register('closed', 1);
    },
  },
  {
    name: 'redis-empty',
    breaks: 'Redis is killed under load and starts again with nothing',
    proves: ['P1', 'P2'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const arriving = Promise.all([scene.register('closed', 5), scene.register('members', 3)]);
      await scene.register('trash', 2);
      await redis.server.crash();
      await arriving;
      await redis.startEmpty();
      await scene.register('closed', 2);
    },
  },
  {
    name: 'redis-tail-cut',
    breaks: 'Redis is killed, and starts again without the last part of its append-only file',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      await scene.register('closed', 2);
      const bytes = await redis.written();
      await done(scene);
      await redis.server.crash();
      await redis.startCut(bytes + 20); // in the middle of a command
      await scene.register('closed', 2);
    },
  },
  {
    name: 'redis-stale-replica',
    breaks: 'Redis fails over to a replica that got nothing of the last changes',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const [{ redis: first }, { redis: second }] = [await ownRedis(scene), await ownRedis(scene)];
      const proxy = await scene.proxy(first.port);
      await scene.service({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
      const replica = await scene.redisClient(second.url);
      await replica.replicaof('127.0.0.1', first.port);
      await scene.register('closed', 2);
      await scene.comes('the replica follows', async () =>
        (await replica.info('replication')).includes('master_link_status:up'),
      );
      await replica.replicaof('NO', 'ONE');
      await done(scene);
      proxy.lead(second.port);
      await first.server.crash();
      await scene.register('closed', 2);
    },
  },
  {
    name: 'redis-lost-for-a-day',
    breaks: 'service and Redis are away; 26 hours later, by the clock, they start with an empty Redis',
    proves: ['P1'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      const service = await scene.service({ ...env, ...onlyEventStore(scene), ...scene.clock(0) });
      await scene.register('closed', 1);
      await service.stop();
      await redis.server.crash();
      await scene.register('closed', 6);
      await scene.register('trash', 2);
      await redis.startEmpty();
      service.change(scene.clock(26 * 3_600_000));
      await service.start();
    },
  },
  {
    name: 'redis-frozen',
    breaks: 'Redis stands still for half a minute while people register',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      await scene.register('closed', 1);
      redis.server.freeze();
      await scene.register('closed', 4);
      await scene.register('trash', 2);
      await scene.pass(30_000);
      redis.server.thaw();
    },
  },
  {
    name: 'redis-full',
    breaks: 'Redis has no memory left for half a minute and refuses every write',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const client = await scene.redisClient(redis.url);
      await client.config('SET', 'maxmemory', '1mb');
      await scene.register('closed', 4);
      await scene.register('members', 2);
      await scene.pass(20_000);
      await client.config('SET', 'maxmemory', '0');
    },
  },
  {
    name: 'redis-read-only',
    breaks: 'Redis is a replica for half a minute and refuses every write',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      await scene.service(env);
      const client = await scene.redisClient(redis.url);
      await client.config('SET', 'replica-serve-stale-data', 'yes');
      await client.replicaof('127.0.0.1', 1);
      await scene.register('closed', 4);
      await scene.register('members', 2);
      await scene.pass(20_000);
      await client.replicaof('NO', 'ONE');
    },
  },
];
