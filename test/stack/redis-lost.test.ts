import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { type OwnRedis, startOwnRedis } from './support/own-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let systems: Systems;
let own: OwnRedis;
let acme: TestRealm;
let service: TestService;
/** A system that is called by a webhook, and is out of order until a test says otherwise. */
let hook: Server;
let hookWorks = false;
const calls: string[] = [];

beforeAll(async () => {
  systems = await connectSystems();
  own = await startOwnRedis();
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += String(part)));
    request.on('end', () => {
      if (hookWorks) {
        calls.push(body);
      }
      response.writeHead(hookWorks ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const clients = ['desk', 'closed', 'hooked'].map((clientId) => ({ clientId }));
  acme = await createRealm({ prefix: 'redis-lost', clients });
  service = await startService({
    secret: acme.secret,
    rules: {
      'desk.yaml': rules('desk', `{ request-approval: { approvers: [${desk()}], rejected: [${later}] } }`),
      'closed.yaml': rules('closed', 'disable-user, notify-user: refused'),
      'hooked.yaml': rules('hooked', `webhook: "${url}"`),
    },
    env: { REDIS_URL: own.url, WEBHOOK_SECRET: 'w'.repeat(32), WEBHOOK_ALLOW_PRIVATE: 'true' },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await own?.stop();
  hook?.close();
  await systems?.close();
});

const later = '{ delete-user: { after: 20s } }';
const desk = (): string => `desk@${acme.realm}.test`;
const rules = (client: string, then: string): string =>
  `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: [${then}]\n`;

type Line = Record<string, unknown>;
const audited = (what: string, userId: string, good: (line: Line) => boolean, withinMs = 40_000): Promise<Line[]> =>
  until(
    what,
    () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === userId),
    (lines) => lines.some(good),
    withinMs,
  );

async function register(client: string, name: string, step: string): Promise<string> {
  await acme.register(client, name, `${name}@people.${acme.realm}.test`);
  const id = (await acme.userNamed(name))?.id ?? '';
  await audited(`${step} of ${name}`, id, (line) => line['step'] === step);
  return id;
}

async function vote(name: string, decision: 'approve' | 'reject'): Promise<void> {
  const mails = await until(
    `the question about ${name}`,
    () => mailsTo(desk()),
    (all) => all.some(({ text }) => text.includes(name)),
  );
  const link = linkIn(mails.find(({ text }) => text.includes(name)) ?? { ...mails[0]!, text: '' });
  await press(link, decision);
}

/** What Kafka remembers now, by key. */
async function remembered(): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  for (const { key, value } of await recordsOf(systems, service.settings.KAFKA_STATE_TOPIC)) {
    if (value === null) {
      held.delete(key ?? '');
    } else {
      held.set(key ?? '', value);
    }
  }
  return held;
}

const untilRemembered = (what: string, good: (held: Map<string, string>) => boolean) =>
  until(`Kafka remembers ${what}`, remembered, good);
const finished = (id: string) => (held: Map<string, string>) =>
  held.get(`mark/${id}/${acme.realm}`)?.includes('"finished":true') === true;
const jobOf = (queue: string, id: string) => (held: Map<string, string>) =>
  [...held].some(([key, value]) => key.startsWith(`job/${queue}/`) && value.includes(id));
const enabled = async (name: string) => (await acme.userNamed(name))?.enabled;
const schedules = (): Promise<number> => own.redis.zcard(`${service.settings.REDIS_PREFIX}:deadlines:repeat`);
const logged = (msg: string) => service.log.some((line) => line['msg'] === msg);

/** The event store was read from a position that Kafka remembered, and all that it showed was looked at. */
async function untilReadAgain(): Promise<void> {
  const { REDIS_PREFIX: prefix } = service.settings;
  await until(
    'the event store is read',
    () => own.redis.get(`${prefix}:reconciled:${acme.realm}`),
    (position) => position !== null,
    60_000,
  );
  await until(
    'all registrations are looked at',
    async () => [
      await own.redis.llen(`${prefix}:registrations:wait`),
      await own.redis.llen(`${prefix}:registrations:active`),
    ],
    (counts) => counts.every((count) => count === 0),
  );
}

describe('a Redis that is emptied under the running service', () => {
  it('is filled again within seconds, and nobody is forgotten, told twice, or shut out again', async () => {
    const ron = await register('desk', 'ron', 'request-approval');
    const ada = await register('desk', 'ada', 'request-approval');
    const ben = await register('closed', 'ben', 'notify-user');
    const hal = await register('hooked', 'hal', 'webhook');
    await vote('ron', 'reject');
    await audited('the deletion is due', ron, ({ outcome }) => outcome === 'scheduled');
    await mailTo(`ben@people.${acme.realm}.test`, '');
    await until(
      'no mail is left',
      () => own.redis.zcard(`${service.settings.REDIS_PREFIX}:mail:completed`),
      (count) => count >= 4,
    );
    await acme.admin.users.update({ id: ben }, { enabled: true });
    await untilRemembered('the deletion', jobOf('deadlines', ron));
    await untilRemembered('the webhook', jobOf('webhooks', hal));
    await untilRemembered('the ends', (held) => [ron, ada, ben, hal].every((id) => finished(id)(held)));
    expect(JSON.stringify([...(await remembered())])).not.toMatch(/people\.|Meyer/);
    expect(await schedules()).toBe(3);

    await own.empty();

    await until('the repeated tasks', schedules, (count) => count === 3, 5_000);
    await until(
      'the end of the filling',
      () => logged('jobs that Redis had lost are queued again'),
      (said) => said,
    );
    hookWorks = true;
    await until(
      'the call',
      () => calls,
      (all) => all.length > 0,
    );
    expect(calls).toEqual([expect.stringContaining(hal)]);
    await vote('ada', 'approve');
    await audited('let in', ada, ({ kind }) => kind === 'settled');
    expect(await enabled('ada')).toBe(true);
    await untilReadAgain();
    await until(
      'ron is deleted',
      () => acme.userNamed('ron'),
      (user) => user === undefined,
      60_000,
    );
    expect(await enabled('ben')).toBe(true);
    expect(await mailsTo(`ben@people.${acme.realm}.test`)).toHaveLength(1);
    expect((await mailsTo(desk())).length).toBe(2);
    await untilRemembered('no job any more', (held) => ![...held.keys()].some((key) => key.startsWith('job/')));
  }, 240_000);

  it('handles registrations as before afterwards', async () => {
    await register('closed', 'cleo', 'notify-user');
    expect(await enabled('cleo')).toBe(false);
  }, 60_000);
});

describe('a Redis that is empty when the service comes back', () => {
  it('costs none of those who registered meanwhile, though Kafka announced none of them', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `late-${index}`);
    await untilRemembered('the position', (held) => held.has(`position/${acme.realm}`));
    await service.kill();
    await acme.admin.realms.update({ realm: acme.realm }, { eventsListeners: ['jboss-logging'] });
    for (const name of names) {
      await acme.register('closed', name, `${name}@people.${acme.realm}.test`);
    }
    await own.restartEmpty();

    await service.restart();

    for (const name of names) {
      await until(
        `${name} is shut out`,
        () => enabled(name),
        (value) => value === false,
        60_000,
      );
    }
    await untilReadAgain();
    expect(await enabled('ben')).toBe(true);
    expect(await mailsTo(`ben@people.${acme.realm}.test`)).toHaveLength(1);
    expect(await schedules()).toBe(3);
  }, 240_000);
});
