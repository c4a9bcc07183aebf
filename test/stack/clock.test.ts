import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { projectDir } from '../../stack/paths.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const preload = pathToFileURL(join(projectDir, 'test/stack/support/shifted-clock.mjs')).href;

describe.each([
  ['20 minutes behind', -20],
  ['50 minutes ahead', 50],
])('a service whose clock is %s', (_, minutes) => {
  let realm: TestRealm;
  let service: TestService;

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'clock', clients: [{ clientId: 'shop' }] });
    const rules = `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: closed\n    then: [disable-user]\n`;
    service = await startService({
      secret: realm.secret,
      rules: { 'shop.yaml': rules },
      env: { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MS: String(minutes * 60_000) },
    });
  }, 120_000);

  afterAll(async () => {
    await service?.dispose();
    await realm?.dispose();
  });

  it('loses no registration, and disables early as ever', async () => {
    const names = Array.from({ length: 6 }, () => `mia-${randomUUID().slice(0, 8)}`);
    await Promise.all(names.map((name) => realm.register('shop', name)));
    await until(
      'everybody to be out',
      () => realm.admin.users.find({ search: 'mia-', max: 100 }),
      (users) => users.length === names.length && users.every(({ enabled }) => enabled === false),
      30_000,
    );
  }, 60_000);

  it('says so in /readyz and in a metric', async () => {
    const ready = await fetch(`${service.opsUrl}/readyz`);
    const { checks } = (await ready.json()) as { checks: Record<string, { detail?: string }> };
    expect(ready.status).toBe(200);
    expect(checks['clock']?.detail).toMatch(minutes < 0 ? /^the clock of this machine is 1\d{3} s behind/ : /ahead of/);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    const skew = Number(/^vestibule_clock_skew_seconds (\S+)$/m.exec(metrics)?.[1]);
    expect(Math.abs(skew + minutes * 60)).toBeLessThan(10);
  });
});
