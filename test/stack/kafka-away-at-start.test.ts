import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { linkAbout, mailsTo } from './support/inbox.ts';
import { type OwnKafka, startOwnKafka } from './support/own-kafka.ts';
import { type OwnRedis, startOwnRedis } from './support/own-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

/** The event store is read every 30 s, up to 10 s before now; and a slow machine needs time. */
const oneTurnMs = 90_000;

let kafka: OwnKafka;
let redis: OwnRedis;
let acme: TestRealm;
let service: TestService;
let desk: string;

beforeAll(async () => {
  [kafka, redis] = await Promise.all([startOwnKafka(), startOwnRedis()]);
  await kafka.kill();
  acme = await createRealm({
    prefix: 'no-kafka',
    clients: ['closed', 'trash', 'held'].map((clientId) => ({ clientId })),
  });
  await acme.admin.realms.update({ realm: acme.realm }, { adminEventsEnabled: true, adminEventsDetailsEnabled: true });
  desk = `desk@${acme.realm}.test`;
  const asking = `[{ request-approval: { approvers: [${desk}], hold: account, rejected: [{ delete-user: { after: 20s } }] } }]`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'closed.yaml': ruleFor('closed', '[disable-user]'),
      'trash.yaml': ruleFor('trash', '[delete-user]'),
      'held.yaml': ruleFor('held', asking),
    },
    // Keycloak's listener writes to the Kafka of the others: here, registrations come from the event store.
    env: { KAFKA_BROKERS: kafka.brokers, REDIS_URL: redis.url },
    openWithinMs: 120_000,
  });
}, 240_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await redis?.stop();
  await kafka?.stop();
}, 60_000);

function ruleFor(name: string, then: string): string {
  return `version: 1\nrealm: ${acme.realm}\nclients: [${name}]\nrules:\n  - name: ${name}\n    then: ${then}\n`;
}

const userOf = (username: string) => acme.userNamed(username);
const enabled = async (username: string) => (await userOf(username))?.enabled;
const becomes = (what: string, username: string, state: boolean | undefined) =>
  until(
    `${username} is ${what}`,
    () => enabled(username),
    (value) => value === state,
    oneTurnMs,
  );
const closed = (username: string) => becomes('shut out', username, false);
const deleted = (username: string) => becomes('deleted', username, undefined);
const logged = (msg: string) => service.log.some((line) => line['msg'] === msg);

async function readiness() {
  const answer = await fetch(`${service.opsUrl}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; detail?: string }> };
  return { status: answer.status, checks };
}
const ready = () =>
  until(
    'readiness',
    readiness,
    ({ status, checks }) => status === 200 && checks['audit']?.detail === 'Kafka has all entries',
    oneTurnMs,
  );

const asked = (username: string) => linkAbout(username, desk, oneTurnMs);

async function vote(username: string, decision: 'approve' | 'reject'): Promise<string> {
  return (await press(await asked(username), decision)).text();
}

const prefix = () => service.settings.REDIS_PREFIX;
const audited = (userId: string | undefined, good: (line: Record<string, unknown>) => boolean) =>
  until(
    `an audit entry of ${userId}`,
    () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === userId),
    (lines) => lines.some(good),
    oneTurnMs,
  );

/** Kafka has all that Redis knows. */
const published = () =>
  until(
    'the state in Kafka',
    () => redis.redis.zcard(`${prefix()}:state:unpublished`),
    (count) => count === 0,
  );

describe('a service that starts while Kafka is away', () => {
  it('shuts out who registers, also with an empty Redis; the rest waits, and goes on when Kafka is there', async () => {
    const { status, checks } = await readiness();
    expect(status).toBe(503);
    expect(checks['kafka']).toMatchObject({ ok: false, detail: expect.stringMatching(/^connecting: could not/) });
    expect(logged('Kafka is away at the start; the service works without it until it answers')).toBe(true);
    await acme.register('closed', 'carl');
    await acme.register('trash', 'dora');
    await acme.register('held', 'hugo');
    await Promise.all([closed('carl'), closed('dora'), closed('hugo')]);
    expect((await readiness()).checks['state']).toMatchObject({ ok: false });
    expect(await mailsTo(desk)).toEqual([]);

    await kafka.start();

    await deleted('dora');
    await vote('hugo', 'approve');
    await becomes('let in', 'hugo', true);
    await ready();
    expect(logged('Kafka answers; all that was put off at the start is done')).toBe(true);
  }, 400_000);

  it('goes on where it was with all that Redis holds, when it is started again meanwhile', async () => {
    await acme.register('held', 'ada');
    await asked('ada');
    await published();
    await kafka.kill();
    await service.kill();

    await service.restart();

    await acme.register('trash', 'fred');
    expect(await vote('ada', 'approve')).toContain('is received and is being recorded');
    await closed('fred');
    expect(await enabled('ada')).toBe(false);

    await kafka.start();

    await Promise.all([deleted('fred'), becomes('let in', 'ada', true)]);
    await ready();
  }, 400_000);
});

describe('a Redis that is emptied while Kafka is away', () => {
  it('forgets nobody: new ones are shut out, the rest waits and comes back with Kafka', async () => {
    await acme.register('held', 'ron');
    await acme.register('held', 'eve');
    await acme.register('closed', 'ben');
    await closed('ben');
    await vote('ron', 'reject');
    await asked('eve');
    const ron = (await userOf('ron'))?.id;
    await audited(ron, ({ outcome }) => outcome === 'scheduled');
    await acme.admin.users.update({ id: (await userOf('ben'))?.id ?? '' }, { enabled: true });
    await published();
    await kafka.kill();

    await redis.empty();

    await until(
      'the repeated tasks',
      () => redis.redis.zcard(`${prefix()}:deadlines:repeat`),
      (count) => count === 3,
      15_000,
    );
    await acme.register('closed', 'newt');
    await acme.register('held', 'hilda');
    await Promise.all([closed('newt'), closed('hilda')]);
    expect(await Promise.all(['ben', 'hugo', 'ada', 'eve', 'ron'].map(enabled))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);

    await kafka.start();

    await ready();
    await deleted('ron');
    await vote('eve', 'approve');
    await becomes('let in', 'eve', true);
    await asked('hilda');
    await until(
      'the event store is read from where it was',
      () => redis.redis.get(`${prefix()}:reconciled:${acme.realm}`),
      (position) => position !== null,
      oneTurnMs,
    );
    await until(
      'all registrations are looked at',
      async () => [
        await redis.redis.llen(`${prefix()}:registrations:wait`),
        await redis.redis.llen(`${prefix()}:registrations:active`),
      ],
      (counts) => counts.every((count) => count === 0),
    );
    expect(await Promise.all(['ben', 'hugo', 'ada', 'newt', 'hilda'].map(enabled))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(service.log.filter(({ msg }) => msg === 'job given up; it stays among the failed ones')).toEqual([]);
  }, 500_000);
});
