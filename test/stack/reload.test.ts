import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;

const rules = (name: string, then = '[]'): string =>
  `version: 1\nrealm: ${acme.realm}\nclients: [shop]\nrules:\n  - name: ${name}\n    then: ${then}\n`;

beforeAll(async () => {
  acme = await createRealm({ prefix: 'reload', clients: [{ clientId: 'shop' }] });
  service = await startService({ secret: acme.secret, rules: { 'shop.yaml': rules('first') } });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
});

async function rulesNow(): Promise<{ status: number; detail: string; ok: string | undefined }> {
  const ready = await fetch(`${service.opsUrl}/readyz`);
  const { checks } = (await ready.json()) as { checks: { rules: { detail: string } } };
  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  return {
    status: ready.status,
    detail: checks.rules.detail,
    ok: /^vestibule_rules_ok (\d)$/m.exec(metrics)?.[1],
  };
}

describe('src/app/service: rules changed while the service runs', () => {
  it('takes up a good change, and stays ready', async () => {
    const before = await rulesNow();
    expect(before).toMatchObject({ status: 200, ok: '1' });
    await service.writeRules({ 'shop.yaml': rules('second') });
    const after = await until('the change', rulesNow, ({ detail }) => detail !== before.detail);
    expect(after).toMatchObject({ status: 200, ok: '1', detail: expect.stringMatching(/^version [0-9a-f]{12}$/) });
  });

  it.each([
    ['a slip', '[disable-usr]', 'shop.yaml:6:12 rules[0].then[0]: unknown step "disable-usr", did you mean'],
    [
      'a webhook that nothing can sign',
      '["webhook": "https://crm.acme.com/"]',
      'WEBHOOK_SECRET, which signs its calls',
    ],
  ])('keeps the last good rules over %s, and says so in log, metric and readiness', async (what, then, why) => {
    const before = await rulesNow();
    await service.writeRules({ 'shop.yaml': rules(`good before ${what}`) });
    const good = await until('good rules', rulesNow, ({ ok, detail }) => ok === '1' && detail !== before.detail);
    await service.writeRules({ 'shop.yaml': rules('wrong', then) });
    // Metric and readiness are asked one after the other: the reload may come between.
    const wrong = await until('the fault', rulesNow, ({ ok, detail }) => ok === '0' && detail !== good.detail);
    expect(wrong.status).toBe(200);
    expect(wrong.detail).toContain(`${good.detail} stays in force, the files have errors; `);
    expect(wrong.detail).toContain(why);
    const line = service.log.findLast(({ msg }) => String(msg).startsWith('rule files have errors'));
    expect(line).toMatchObject({ level: 'error', problems: [expect.stringContaining(why)] });
  });
});
