import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

/** How far the next attempt of a job must be before its system comes back. For a measurement, set it to a minute. */
const furthest = Number(process.env['OUTAGE_MS'] ?? 6_000);

let realm: TestRealm;
let proxy: TcpProxy;
let service: TestService;
let redis: Redis;

beforeAll(async () => {
  realm = await createRealm({ prefix: 'outages', clients: [{ clientId: 'shop' }] });
  await realm.admin.realms.update({ realm: realm.realm }, { accessTokenLifespan: 3 });
  proxy = await startTcpProxy(stackEnv.KEYCLOAK_URL);
  redis = new Redis(stackEnv.REDIS_URL);
  service = await startService({
    secret: realm.secret,
    rules: {
      'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: nobody\n    then: [disable-user]\n`,
    },
    env: { KEYCLOAK_URL: proxy.url },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await proxy?.close();
  redis?.disconnect();
  await realm?.dispose();
});

async function setSecret(secret: string): Promise<void> {
  const [client] = await realm.admin.clients.find({ clientId: 'vestibule' });
  await realm.admin.clients.update({ id: client?.id ?? '' }, { ...client, secret });
}

/** When the job of a person has its next attempt, by the queue's own account. `null`: it does not wait. */
async function turnOf(userId: string): Promise<number | null> {
  const scores = await redis.zrange(`${service.settings.REDIS_PREFIX}:registrations:delayed`, '0', '-1', 'WITHSCORES');
  const at = scores.findIndex((id) => id.startsWith(`register-${userId}`));
  return at === -1 ? null : Math.floor(Number(scores[at + 1]) / 4_096);
}

async function unfinished(): Promise<number> {
  const { registrations } = (await (await fetch(`${service.opsUrl}/queues`)).json()) as {
    registrations: Record<'waiting' | 'active' | 'delayed', number>;
  };
  return registrations.waiting + registrations.active + registrations.delayed;
}

/** Registers people until one waits: a token of before may be good for a moment. @returns who waits */
async function registerUntilOneWaits(name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const username = `${name}-${number}`;
    await realm.register('shop', username);
    const { id = '' } = (await realm.userNamed(username)) ?? {};
    const isClosed = async (): Promise<boolean> => (await realm.userNamed(username))?.enabled === false;
    const closed = await until(
      `the first attempt for ${username}`,
      async () => ((await isClosed()) ? true : (await turnOf(id)) === null ? null : false),
      (known) => known !== null,
    );
    if (closed !== true) {
      return id;
    }
  }
}

/** Registers during a fault, waits until the next attempt is far away, mends the fault, and compares. */
async function closedBeforeItsTurn(name: string, mend: () => Promise<void> | void) {
  const id = await registerUntilOneWaits(name);
  const isFar = (time: number | null): boolean => time !== null && time > Date.now() + furthest;
  const due = (await until('a next attempt that is far away', () => turnOf(id), isFar, 180_000)) ?? 0;
  await mend();
  const mendedAt = Date.now();
  const isOpen = async (): Promise<boolean | undefined> => (await realm.admin.users.findOne({ id }))?.enabled;
  await until(`the end of ${name}`, isOpen, (enabled) => enabled === false, 180_000);
  const closedAt = Date.now();
  if (process.env['OUTAGE_MS'] !== undefined) {
    const waited = `${closedAt - mendedAt} ms after the mend; its turn was in ${due - mendedAt} ms`;
    process.stdout.write(`${name}: closed ${waited}\n`);
  }
  return { closedAt, due };
}

describe('what waits for a system that was away', () => {
  afterEach(async () => {
    proxy.heal();
    await setSecret(realm.secret);
    await until('an empty queue', unfinished, (jobs) => jobs === 0, 180_000);
  }, 200_000);

  it('is woken when the secret is right again', async () => {
    await setSecret('another-secret-0123456789');
    const { closedAt, due } = await closedBeforeItsTurn('ann', () => setSecret(realm.secret));
    expect(closedAt).toBeLessThan(due);
  }, 240_000);

  it('is woken when Keycloak answers again', async () => {
    proxy.cut();
    const { closedAt, due } = await closedBeforeItsTurn('ben', () => proxy.heal());
    expect(closedAt).toBeLessThan(due);
  }, 240_000);

  it('is woken after a restart of the service, too', async () => {
    proxy.cut();
    const { closedAt, due } = await closedBeforeItsTurn('cleo', async () => {
      await service.kill();
      proxy.heal();
      await service.restart();
    });
    expect(closedAt).toBeLessThan(due);
  }, 240_000);
});
