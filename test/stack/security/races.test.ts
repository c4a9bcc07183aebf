import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { freePort } from '../../../stack/ports.ts';
import { pressOn, read } from '../../security/support/forms.ts';
import { send } from '../../security/support/client.ts';
import { createRealm, type TestRealm } from '../support/realm.ts';
import { startService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { auditOf, linkFor } from './support.ts';

// Two instances over one Redis and one Kafka: a vote and its rival meet in different processes.

const instances: TestService[] = [];
let acme: TestRealm;
let approvers: string[];

beforeAll(async () => {
  acme = await createRealm({ prefix: 'races', clients: [{ clientId: 'portal' }], groups: ['/partners'] });
  approvers = [`desk@${acme.realm}.test`, `boss@${acme.realm}.test`];
  const rules = {
    'portal.yaml': `version: 1
realm: ${acme.realm}
clients: [portal]
rules:
  - name: one of two decides
    then:
      - request-approval:
          approvers: [${approvers.join(', ')}]
          approved: [{ join-group: /partners }]
          rejected: [delete-user]
`,
  };
  const first = await startService({ secret: acme.secret, rules });
  instances.push(first);
  const shared = Object.fromEntries(
    Object.entries(first.settings).filter(([name]) => /^KAFKA_|^REDIS_PREFIX$|^LINK_KEYS$/.test(name)),
  );
  const HTTP_PORT = String(await freePort());
  instances.push(
    await startService({ secret: acme.secret, rules, env: { ...shared, HTTP_PORT, PUBLIC_URL: first.url } }),
  );
}, 120_000);

afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.dispose()));
  await acme?.dispose();
});

describe('fifty presses at once, of two approvers, at two instances', () => {
  it.each([
    ['approve against reject', ['approve', 'reject']],
    ['reject against approve', ['reject', 'approve']],
    ['all approve', ['approve']],
    ['all reject', ['reject']],
  ] as const)(
    'S5: %s: one wins, everybody is told the same, and one thing becomes of the person',
    async (name, verdicts) => {
      const [first] = instances;
      const username = name.replaceAll(' ', '-');
      await acme.register('portal', username, `${username}@${acme.realm}.test`);
      const id = (await acme.userNamed(username))?.id ?? '';
      const links = await Promise.all(approvers.map((approver) => linkFor(first!, approver, username)));
      const urls = links.flatMap((link) =>
        instances.map(({ settings }) => link.replace(first!.url, `http://127.0.0.1:${settings.HTTP_PORT}`)),
      );
      const presses = await Promise.all(
        urls.flatMap((url) => verdicts.map(async (verdict) => ({ url, verdict, form: await read(url, verdict) }))),
      );

      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, nth) => presses[nth % presses.length]!).map(({ url, verdict, form }) =>
          pressOn(url, form, verdict),
        ),
      );

      expect(answers.filter(({ status }) => ![303, 409].includes(status))).toEqual([]);
      await until(
        'the outcome',
        () => auditOf(instances, id),
        (entries) => entries.some(({ kind }) => kind === 'settled'),
        60_000,
      );
      const outcomes = await Promise.all(
        urls.map(async (url) => /class="outcome (\w+)/.exec((await send(url)).body)?.[1]),
      );
      const [outcome = ''] = outcomes;
      expect(['approved', 'rejected']).toContain(outcome);
      expect(outcomes).toEqual(urls.map(() => outcome));
      const entries = auditOf(instances, id);
      const voted = entries.filter(({ kind }) => kind === 'voted');
      expect(new Set(voted.map(({ by }) => by)).size).toBe(1);
      expect(new Set(voted.map((entry) => entry['outcome'])).size).toBe(1);
      const steps = new Set(entries.filter(({ kind }) => kind === 'step').map(({ step }) => step));
      const user = await acme.userNamed(username);
      if (outcome === 'approved') {
        expect(user).toMatchObject({ enabled: true });
        expect(await acme.groupsOf(id)).toEqual(['/partners']);
        expect(steps.has('delete-user')).toBe(false);
      } else {
        expect(user).toBeUndefined();
        expect(steps.has('join-group')).toBe(false);
      }
    },
    120_000,
  );
});
