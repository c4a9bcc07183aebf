import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

describe('a rule file that is deleted', () => {
  let realm: TestRealm;
  let service: TestService;

  const rules = (client: string, then = '[disable-user]') =>
    `version: 1\nrealm: ${realm.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: ${then}\n`;
  const ready = async () => {
    const answer = (await (await fetch(`${service.opsUrl}/readyz`)).json()) as {
      checks: { rules: { detail: string } };
    };
    return answer.checks.rules.detail;
  };
  const userOf = async (name: string) => (await realm.admin.users.find({ username: name, exact: true }))[0];
  const isOut = (name: string) =>
    until(
      `${name} to be out`,
      () => userOf(name),
      (user) => user?.enabled === false,
      30_000,
    );
  const lost = 'no file names shop of realm';

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'removed', clients: [{ clientId: 'shop' }, { clientId: 'blog' }] });
    service = await startService({
      secret: realm.secret,
      rules: { 'shop.yaml': rules('shop'), 'blog.yaml': rules('blog') },
    });
  }, 120_000);

  afterAll(async () => {
    await service?.dispose();
    await realm?.dispose();
  });

  it('still keeps the people of its clients out, also after a restart, until somebody confirms', async () => {
    await rm(join(service.settings.RULES_DIR, 'shop.yaml'));
    await until('the loss to be said', ready, (detail) => detail.includes(lost));
    await realm.register('shop', 'ann');
    await isOut('ann');

    await service.stop();
    await service.restart();
    expect(await ready()).toContain(lost);
    await realm.register('shop', 'bob');
    await isOut('bob');

    await service.writeRules({ 'open.yaml': rules('shop', '[]') });
    await until('the confirmation', ready, (detail) => !detail.includes(lost));
    await realm.register('shop', 'cleo');
    const cleo = await userOf('cleo');
    await until(
      'the decision',
      () => service.log.filter(({ kind, userId }) => kind === 'decided' && userId === cleo?.id),
      (entries) => entries.length > 0,
    );
    expect((await userOf('cleo'))?.enabled).toBe(true);
  }, 120_000);
});
