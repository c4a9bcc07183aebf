import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { freePort } from '../../stack/ports.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

describe('several instances', () => {
  let realm: TestRealm;
  const instances: TestService[] = [];

  const register = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, number) => realm.register('shop', `${name}${number}`)));
  const stillIn = async (name: string) => {
    const users = await realm.admin.users.find({ search: name, max: 100 });
    const sessions = await Promise.all(users.map(({ id = '' }) => realm.sessionsOf(id)));
    return {
      registered: users.length,
      enabled: users.filter(({ enabled }) => enabled === true).length,
      sessions: sessions.reduce((sum, count) => sum + count, 0),
    };
  };
  const shut = (name: string, registered: number) =>
    until(
      'everybody to be out',
      () => stillIn(name),
      (is) => is.registered === registered && is.enabled === 0 && is.sessions === 0,
      60_000,
    );
  const applied = ({ log }: TestService) => log.filter(({ kind, step }) => kind === 'step' && step === 'disable-user');

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'instances', clients: [{ clientId: 'shop' }] });
    const rules = {
      'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: closed\n    then: [disable-user]\n`,
    };
    const first = await startService({ secret: realm.secret, rules });
    instances.push(first);
    const {
      KAFKA_GROUP,
      KAFKA_APPROVALS_TOPIC,
      KAFKA_STATE_TOPIC,
      KAFKA_DOOR_TOPIC,
      KAFKA_AUDIT_TOPIC,
      KAFKA_DEAD_LETTER_TOPIC,
      REDIS_PREFIX,
    } = first.settings;
    const shared = {
      KAFKA_GROUP,
      KAFKA_APPROVALS_TOPIC,
      KAFKA_STATE_TOPIC,
      KAFKA_DOOR_TOPIC,
      KAFKA_AUDIT_TOPIC,
      KAFKA_DEAD_LETTER_TOPIC,
      REDIS_PREFIX,
    };
    const HTTP_PORT = String(await freePort());
    instances.push(await startService({ secret: realm.secret, rules, env: { ...shared, HTTP_PORT } }));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.dispose()));
    await realm?.dispose();
  });

  it('share the work: each person is dealt with once, by one of them', async () => {
    await register('ann', 12);
    await shut('ann', 12);
    await until(
      'the steps in the logs',
      () => instances.map((instance) => applied(instance).length),
      (steps) => steps.reduce((sum, count) => sum + count, 0) === 12,
    );
    const users = instances.flatMap((instance) => applied(instance).map(({ userId }) => userId));
    expect(new Set(users).size).toBe(12);
    expect(instances.map((instance) => applied(instance).length > 0)).toEqual([true, true]);
  }, 90_000);

  it('take over from one that is killed in the middle of it: nobody stays in', async () => {
    const before = applied(instances[0] as TestService).length;
    const arriving = register('bob', 12);
    await until(
      'the first to be at work',
      () => applied(instances[0] as TestService).length,
      (count) => count > before,
    );
    await instances[0]?.kill();
    await arriving;
    await shut('bob', 12);
  }, 150_000);

  it('find after a restart what came while none was there', async () => {
    await instances[1]?.stop();
    await register('cleo', 4);
    expect(await stillIn('cleo')).toMatchObject({ enabled: 4 });
    await instances[0]?.restart();
    await shut('cleo', 4);
  }, 120_000);
});
