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

/** When each waiting job has its next attempt, by the queue's own account. */
async function dueTimes(): Promise<number[]> {
  const scores = await redis.zrange(`${service.settings.REDIS_PREFIX}:registrations:delayed`, '0', '-1', 'WITHSCORES');
  return scores.filter((_value, index) => index % 2 === 1).map((score) => Math.floor(Number(score) / 4_096));
}

/** Registers people until one waits: a token of before may be good for a moment. */
async function registerUntilOneWaits(name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const username = `${name}-${number}`;
    await realm.register('shop', username);
    const closed = await until(
      `the first attempt for ${username}`,
      async () => ({ due: await dueTimes(), closed: (await realm.userNamed(username))?.enabled === false }),
      (seen) => seen.closed || seen.due.length > 0,
    );
    if (!closed.closed) {
      return username;
    }
  }
}

/** Registers during a fault, waits until the next attempt is far away, mends the fault, and compares. */
async function closedBeforeItsTurn(name: string, mend: () => Promise<void> | void) {
  const username = await registerUntilOneWaits(name);
  const isFar = ([time = 0]: number[]): boolean => time > Date.now() + furthest;
  const [due = 0] = await until('a next attempt that is far away', dueTimes, isFar, 180_000);
  await mend();
  const mendedAt = Date.now();
  const isClosed = async (): Promise<boolean> => (await realm.userNamed(username))?.enabled === false;
  await until(`the end of ${username}`, isClosed, Boolean, 180_000);
  const closedAt = Date.now();
  if (process.env['OUTAGE_MS'] !== undefined) {
    const waited = `${closedAt - mendedAt} ms after the mend; its turn was in ${due - mendedAt} ms`;
    process.stdout.write(`${username}: closed ${waited}\n`);
  }
  return { closedAt, due };
}

describe('what waits for a system that was away', () => {
  afterEach(async () => {
    proxy.heal();
    await setSecret(realm.secret);
    await until('an empty queue', dueTimes, (due) => due.length === 0, 180_000);
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
