import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { freePort } from '../../stack/ports.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

/** Two instances of one group, one of which has rules that the other has not: as during a rolling change. */
describe('instances with different rules', () => {
  let realm: TestRealm;
  const instances: TestService[] = [];

  const entries = (kind: string, step?: string) =>
    instances
      .flatMap(({ log }) => log)
      .filter((line) => line['realm'] === realm.realm && line['kind'] === kind && (!step || line['step'] === step));

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'different-rules', clients: [{ clientId: 'shop' }] });
    const rules = (then: string) => ({
      'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: shop\n    then: ${then}\n`,
    });
    const strict = await startService({ secret: realm.secret, rules: rules('[disable-user]') });
    instances.push(strict);
    const { KAFKA_GROUP, KAFKA_APPROVALS_TOPIC, KAFKA_AUDIT_TOPIC, KAFKA_DEAD_LETTER_TOPIC, REDIS_PREFIX } =
      strict.settings;
    const shared = { KAFKA_GROUP, KAFKA_APPROVALS_TOPIC, KAFKA_AUDIT_TOPIC, KAFKA_DEAD_LETTER_TOPIC, REDIS_PREFIX };
    const HTTP_PORT = String(await freePort());
    instances.push(
      await startService({
        secret: realm.secret,
        rules: rules('[join-group: /members]'),
        env: { ...shared, HTTP_PORT },
      }),
    );
    await realm.admin.groups.create({ name: 'members' });
  }, 120_000);

  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.dispose()));
    await realm?.dispose();
  });

  it('each person ends as the instance that decided says, whoever began to disable the account', async () => {
    const people = 30;
    for (let round = 0; round < people / 5; round += 1) {
      await Promise.all([0, 1, 2, 3, 4].map((number) => realm.register('shop', `mia${round}x${number}`)));
    }
    const decided = await until(
      'every decision and its step',
      () => entries('decided').map((line) => [String(line['userId']), String(line['outcome'])] as const),
      (found) =>
        found.length === people &&
        entries('step', 'disable-user').length + entries('step', 'join-group').length >= people,
      60_000,
    );
    const expected = new Map(decided.map(([userId, outcome]) => [userId, outcome === 'join-group']));
    const state = async () => {
      const users = await realm.admin.users.find({ search: 'mia', max: 100 });
      return users.map(({ id = '', enabled }) => ({ id, enabled, expected: expected.get(id) }));
    };
    const users = await until('Keycloak to agree', state, (found) =>
      found.every(({ enabled, expected }) => enabled === expected),
    );
    expect(users).toHaveLength(people);
    // Both directions came up, else the test says nothing.
    expect(new Set(expected.values())).toEqual(new Set([true, false]));
    expect(entries('step', 'undo-early-disable').length).toBeGreaterThan(0);
  }, 120_000);
});
