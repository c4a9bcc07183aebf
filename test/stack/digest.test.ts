import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { mailsTo, type ReceivedMail } from './support/inbox.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { type OwnRedis, startOwnRedis } from './support/own-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let systems: Systems;
let own: OwnRedis;
let acme: TestRealm;
let service: TestService;

const desk = (client: string): string => `${client}@${acme.realm}.test`;
const alarm = (): string => `ops@${acme.realm}.test`;
const rules = (client: string): string =>
  `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: [{ request-approval: { approvers: [${desk(client)}], digest: 90s } }]\n`;

const linksIn = ({ text }: ReceivedMail): readonly string[] => text.match(/https?:\/\/\S+\/approvals\/\S+/g) ?? [];
const timesIn = (mails: readonly ReceivedMail[], name: string) =>
  mails.filter(({ text }) => new RegExp(`\\b${name}\\b`).test(text)).length;
const asked = (client: string): readonly unknown[] =>
  service.log
    .filter((line) => line['msg'] === 'audit' && line['kind'] === 'asked' && line['to'] === desk(client))
    .map((line) => line['userId']);

/** A few at once, as in a rush. */
async function rush(client: string, names: readonly string[]): Promise<void> {
  const left = [...names];
  const one = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      await acme.register(client, name);
    }
  };
  await Promise.all([one(), one(), one()]);
}

beforeAll(async () => {
  systems = await connectSystems();
  own = await startOwnRedis();
  acme = await createRealm({ prefix: 'digest', clients: [{ clientId: 'rush' }, { clientId: 'lost' }] });
  service = await startService({
    secret: acme.secret,
    rules: { 'rush.yaml': rules('rush'), 'lost.yaml': rules('lost') },
    env: { REDIS_URL: own.url, FLOOD_ALARM_PER_HOUR: '20', ALERT_MAIL: alarm() },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await own?.stop();
  await systems?.close();
});

describe('a rush of registrations', () => {
  const names = Array.from({ length: 30 }, (_, index) => `rush${10 + index}`);

  it('makes one mail at once, and one with all others, each with a link of its own', async () => {
    await rush('rush', names);
    const both = await until(
      'the mail with all others',
      () => mailsTo(desk('rush')),
      (all) => all.length >= 2,
      240_000,
    );
    expect(both.map((mail) => linksIn(mail).length).toSorted((left, right) => left - right)).toEqual([1, 29]);
    expect(new Set(both.flatMap(linksIn)).size).toBe(30);
    await until(
      'each question is in the audit',
      () => asked('rush'),
      (ids) => ids.length >= 30,
      60_000,
    );
    expect(new Set(asked('rush')).size).toBe(30);
    const mails = await mailsTo(desk('rush'));
    expect(mails).toHaveLength(2);
    expect(names.filter((name) => timesIn(mails, name) !== 1)).toEqual([]);
    await until(
      'no job waits for the mail any more',
      () => own.redis.zcard(`${service.settings.REDIS_PREFIX}:mail:delayed`),
      (count) => count === 0,
    );
  }, 400_000);

  it('is one alarm to operators, in the log, by mail and as a metric', async () => {
    const mails = await until(
      'the alarm',
      () => mailsTo(alarm()),
      (all) => all.length > 0,
    );
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Vestibule: very many people wait because of the rule "rush"',
    ]);
    const lines = service.log.filter(({ msg }) => msg === 'a rule asks approvers about very many people');
    expect(lines).toEqual([expect.objectContaining({ rule: 'rush', limit: 20, realm: acme.realm })]);
    const metrics = await (await fetch(`http://127.0.0.1:${service.settings.OPS_PORT}/metrics`)).text();
    expect(metrics).toMatch(/^vestibule_approval_flood\{.*rule="rush"\} 1$/m);
  }, 60_000);
});

describe('a Redis that is emptied while questions are collected', () => {
  const names = Array.from({ length: 6 }, (_, index) => `lost${10 + index}`);

  it('leaves nobody unasked', async () => {
    await rush('lost', names);
    await until(
      'the first mail',
      () => mailsTo(desk('lost')),
      (all) => all.length > 0,
      60_000,
    );
    await until(
      'the others are collected',
      () => own.redis.zcard(`${service.settings.REDIS_PREFIX}:mail:delayed`),
      (count) => count >= 6, // five questions, and the message that will have them
      60_000,
    );
    await until(
      'Kafka remembers them',
      async () => {
        const held = new Map<string, string>();
        for (const { key, value } of await recordsOf(systems, service.settings.KAFKA_STATE_TOPIC)) {
          if (value === null) {
            held.delete(key ?? '');
          } else {
            held.set(key ?? '', value);
          }
        }
        return [...held.keys()].filter((key) => /^job\/mail\/(ask|digest)-/.test(key)).length;
      },
      (count) => count >= 6,
    );

    await own.empty();

    await until(
      'each is asked about',
      async () => {
        const mails = await mailsTo(desk('lost'));
        return names.filter((name) => timesIn(mails, name) === 0);
      },
      (missing) => missing.length === 0,
      240_000,
    );
    const mails = await mailsTo(desk('lost'));
    expect(names.filter((name) => timesIn(mails, name) > 2)).toEqual([]);
    await until(
      'each question is in the audit',
      () => new Set(asked('lost')).size,
      (count) => count === names.length,
      60_000,
    );
  }, 400_000);
});
