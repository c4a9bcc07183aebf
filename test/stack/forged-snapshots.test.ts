import { randomBytes, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let systems: Systems;
let acme: TestRealm;
let service: TestService;

beforeAll(async () => {
  systems = await connectSystems();
  acme = await createRealm({ prefix: 'snapshots', clients: [{ clientId: 'portal', roles: ['member'] }] });
  const approval = `request-approval: { approvers: [desk@${acme.realm}.test], hold: none }`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': `version: 1
realm: ${acme.realm}
clients: [portal]
rules:
  - name: the desk decides
    then: [{ ${approval} }]
`,
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await systems?.close();
});

/** What was acted upon: `then` of an outcome for an account that nobody asked about. */
function forgedFor(userId: string, then: Approval['then']['approved']): Approval {
  const now = Date.now();
  return {
    id: randomBytes(16).toString('hex'),
    revision: 2,
    state: 'approved',
    settled: false,
    eventId: randomUUID(),
    registeredAt: now - 60_000,
    realm: acme.realm,
    clientId: 'portal',
    application: 'Portal',
    userId,
    ip: null,
    source: 'form',
    rule: { file: 'portal.yaml', line: 4, rule: 'the desk decides' },
    version: 'v',
    hold: 'none',
    waitFor: null,
    heldAccount: false,
    approvers: ['desk@acme.test'],
    need: 1,
    votes: [],
    askedAt: now - 60_000,
    expiresAt: now + 86_400_000,
    remindAt: null,
    decidedAt: now - 50_000,
    // oxlint-disable-next-line unicorn/no-thenable -- a rule's word; no function, so nothing awaits it
    then: { approved: then, rejected: [], expired: [] },
  };
}

describe('the approvals topic', () => {
  it('does nothing for a forged outcome: no role, nobody deleted; it says so, and genuine work goes on', async () => {
    const topic = service.settings.KAFKA_APPROVALS_TOPIC;
    const lucky = await acme.admin.users.create({ username: 'lucky', enabled: true });
    const victim = await acme.admin.users.create({ username: 'victim', enabled: true });
    const grant = { uses: 'grant-role', with: { client: 'portal', role: 'member' }, after: null } as const;
    const forged = [
      forgedFor(lucky.id, [grant]),
      forgedFor(victim.id, [{ uses: 'delete-user', with: null, after: null }]),
    ];
    await systems.producer.send({
      topic,
      messages: forged.map((approval) => ({ key: approval.id, value: JSON.stringify(approval) })),
    });

    const { checks } = await until(
      'the refusal in /readyz',
      async () =>
        (await (await fetch(`${service.opsUrl}/readyz`)).json()) as {
          checks: { approvals: { ok: boolean; detail?: string } };
        },
      (answer) => answer.checks.approvals.detail !== undefined,
    );
    expect(checks.approvals).toMatchObject({ ok: true, detail: expect.stringMatching(/^2 records .* unsigned$/) });
    expect(await (await fetch(`${service.opsUrl}/metrics`)).text()).toContain(
      'vestibule_snapshots_refused_total{why="unsigned"} 2',
    );
    expect(service.log).toContainEqual(
      expect.objectContaining({ level: 'error', msg: 'records of a sealed topic are not believed' }),
    );

    // Behind the forged ones, in the same topic: when this one is asked for and a sweep has passed, they were not taken up.
    await acme.register('portal', 'ann');
    const waiting = await until(
      'the genuine approval',
      async () => (await recordsOf(systems, topic)).filter(({ headers }) => 'vestibule-signature' in headers),
      ({ length }) => length > 0,
    );
    const swept = () =>
      fetch(`${service.opsUrl}/metrics`).then(async (answer) =>
        Number(/vestibule_jobs_total\{queue="deadlines",outcome="due"\} (\d+)/.exec(await answer.text())?.[1] ?? 0),
      );
    const before = await swept();
    await until('a sweep', swept, (count) => count > before);
    expect(waiting).toHaveLength(1);
    expect(await acme.rolesOf(lucky.id, 'portal')).toEqual([]);
    expect(await acme.userNamed('victim')).toMatchObject({ id: victim.id, enabled: true });
  }, 90_000);
});
