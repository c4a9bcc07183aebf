import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import type { Step } from '../../src/rules/model.ts';
import type { FakeAccounts, FakeUser } from '../fakes/accounts.ts';
import { FakeLimit } from '../fakes/guards.ts';
import { day, deleting, flood, request, setup } from '../fakes/deadlines.ts';
import { conditionByKey } from '../../src/rules/conditions/index.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { bareRegistration } from '../../src/jobs/personal-data.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };

const enabling: Step = { uses: 'enable-user', with: null, after: null };

describe('src/execute/delayed-step', () => {
  it('carries a delayed step out when its rule still decides', async () => {
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('mails the person later, at the address and in the language that Keycloak has by then', async () => {
    const telling: Step = { uses: 'notify-user', with: { message: 'welcome' }, after: day };
    const { run, jobs } = await setup({
      rules: [{ then: [telling] }],
      user: { email: 'mia.new@example.test', locale: 'fr' },
    });
    const stored = { ...context, person: null }; // a job that waits for long keeps nothing of the person
    await expect(run({ kind: 'delayed-step', context: stored, step: telling })).resolves.toBe('applied');
    expect(jobs.in('mail').map(({ data }) => data)).toMatchObject([
      { kind: 'person', message: 'welcome', to: { address: 'mia.new@example.test', locale: 'fr' } },
    ]);
  });

  it('leaves a delayed step when another rule would decide by now', async () => {
    const { run, user } = await setup({ rules: [{ name: 'everybody is welcome' }] });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it.each<[string, Parameters<typeof setup>[0]]>([
    ['no rule', { rules: [{ when: { kind: 'is', key: 'email-verified', operand: true } }] }],
    ['a rule of the same name in another file', { rules: [{ file: 'other.yaml' }] }],
  ])('leaves a delayed step when %s would decide by now', async (_, world) => {
    const { run, user } = await setup(world);
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('decides on what Keycloak has of the person: the job that waited kept nothing of it', async () => {
    const operand = conditionByKey.get('username')?.operand.parse('mia');
    const { run, user } = await setup({ rules: [{ when: { kind: 'is', key: 'username', operand } }] });
    const stored = { ...context, person: null, registration: { ...bareRegistration(mia), username: 'as-registered' } };
    await expect(run({ kind: 'delayed-step', context: stored, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it.each([
    ['has no user any more', (accounts: FakeAccounts) => accounts.apply(mia, { kind: 'delete' })],
    [
      'loses the user in this moment',
      async ({ failures }: FakeAccounts) =>
        failures.push({ call: 'delete', error: new ServiceError('USER_GONE', 'no such user'), applied: false }),
    ],
  ])('has as an outcome that Keycloak %s', async (_, happen) => {
    const { run, accounts, audit } = await setup({ now: registeredAt + 60_000 });
    await happen(accounts);
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(audit.entries).toMatchObject([{ kind: 'skipped', step: 'delete-user', because: 'the user is gone' }]);
  });

  it('writes to nobody who has no address any more', async () => {
    const telling: Step = { uses: 'notify-user', with: { message: 'welcome' }, after: day };
    const { run, jobs } = await setup({ rules: [{ then: [telling] }], user: { email: null } });
    await run({ kind: 'delayed-step', context, step: telling });
    expect(jobs.in('mail')).toEqual([]);
  });

  it.each([
    ['above it', [{ name: 'flood', when: flood }, {}]],
    ['of its own', [{ when: flood }, { name: 'others' }]],
  ])('carries a delayed step out although nobody can tell any more what a condition %s counted', async (_, rules) => {
    const { run, user } = await setup({ rules });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('enables later only whom this system disabled', async () => {
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', context, step: enabling })).resolves.toBe('left-alone');
    expect(user()?.enabled).toBe(false);
    const ours = { ...context, disabledHere: true };
    await expect(run({ kind: 'delayed-step', context: ours, step: enabling })).resolves.toBe('applied');
    expect(user()?.enabled).toBe(true);
  });

  it('locks out later whom the approvers let in, if that is what they agreed to: a guest for a month', async () => {
    const { run, user, approval } = await setup({
      asked: { state: 'approved', settled: true },
      user: { enabled: true },
    });
    const after = { ...context, key: `${approval.id}/approved/0` };
    await expect(run({ kind: 'delayed-step', context: after, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('does not delete somebody later whom the rule disabled and somebody enabled', async () => {
    const disabling: Step = { uses: 'disable-user', with: null, after: null };
    const { run, user } = await setup({ rules: [{ then: [disabling, deleting] }], user: { enabled: true } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  describe('after a rejection', () => {
    const shut: Step = { uses: 'disable-user', with: null, after: day };
    const approved: Step[] = [
      enabling,
      joining,
      { uses: 'grant-role', with: { client: 'portal', role: 'member' }, after: null },
      { uses: 'grant-role', with: { role: 'partner' }, after: null },
    ];
    const rejected = { state: 'rejected', settled: true, then: { approved, rejected: [], expired: [] } } as const;

    const member = 'somebody made the person a member of /partners meanwhile';
    const role = (name: string) => `somebody gave the person the role ${name} meanwhile`;
    it.each<readonly [Approval['hold'], Partial<FakeUser>, string]>([
      ['account', { enabled: true }, 'somebody enabled the account meanwhile'],
      ['account', { groups: ['/partners'] }, member],
      ['gate', { enabled: true, requiredActions: [] }, 'somebody took vestibule-pending from the account meanwhile'],
      [
        'gate',
        { enabled: true, requiredActions: ['vestibule-pending'], roles: ['portal/member'] },
        role('portal/member'),
      ],
      ['none', { enabled: true, groups: ['/partners'] }, member],
      ['none', { enabled: true, roles: ['portal/member'] }, role('portal/member')],
      ['none', { enabled: true, roles: ['partner'] }, role('partner')],
    ])('shuts nobody out later whom somebody let in meanwhile: %s, %j', async (hold, changed, because) => {
      for (const step of [deleting, shut]) {
        const { run, user, approval, audit } = await setup({ asked: { ...rejected, hold }, user: changed });
        const after = { ...context, key: `${approval.id}/rejected/0` };
        await expect(run({ kind: 'delayed-step', context: after, step })).resolves.toBe('no-longer');
        expect(user()).toMatchObject(changed);
        expect(audit.entries).toMatchObject([{ kind: 'skipped', because }]);
      }
    });

    it('asks Keycloak for no group where the approval would have made the person no member', async () => {
      const then = { approved: [enabling], rejected: [], expired: [] };
      const { run, user, approval, accounts } = await setup({ asked: { ...rejected, then }, user: { enabled: false } });
      accounts.groups = () => Promise.reject(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'));
      const after = { ...context, key: `${approval.id}/rejected/0` };
      await expect(run({ kind: 'delayed-step', context: after, step: deleting })).resolves.toBe('applied');
      expect(user()).toBeUndefined();
    });

    it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
      ['account', { enabled: false }],
      ['gate', { enabled: true, requiredActions: ['vestibule-pending'] }],
      ['none', { enabled: true, groups: ['/readers'], roles: ['member'] }],
    ])('deletes later whom nobody let in: %s, %j', async (hold, found) => {
      const { run, user, approval } = await setup({ asked: { ...rejected, hold }, user: found });
      const after = { ...context, key: `${approval.id}/rejected/0` };
      await expect(run({ kind: 'delayed-step', context: after, step: deleting })).resolves.toBe('applied');
      expect(user()).toBeUndefined();
    });
  });

  it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
    ['account', { enabled: true }],
    ['gate', { enabled: true, requiredActions: [] }],
    ['none', { enabled: true, groups: ['/partners'] }],
  ])('does not delete somebody later whose approval, beside that step, let them in: %s', async (hold, changed) => {
    const approved: Step[] = [{ uses: 'join-group', with: { group: '/partners' }, after: null }];
    const asking: Step = { uses: 'request-approval', with: { ...request, hold, approved }, after: null };
    const { run, user } = await setup({ rules: [{ then: [asking, deleting] }], user: changed });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it.each<[string, Partial<typeof request>, number | null]>([
    ['without a hold', { hold: 'none' }, null],
    ['by a request that is still to come', { hold: 'gate' }, day],
    ['by a request that is still to come, which would make them a member', { hold: 'none', approved: [joining] }, day],
  ])('deletes later whom nobody let in, and whom the rule lets wait %s', async (_, changes, after) => {
    const asking: Step = { uses: 'request-approval', with: { ...request, ...changes }, after };
    const { run, user } = await setup({
      rules: [{ then: [asking, deleting] }],
      user: { enabled: true, groups: ['/partners'] },
    });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('takes nobody for gone who may only be invisible yet when a step is due', async () => {
    const { run, accounts, audit } = await setup();
    await accounts.apply(mia, { kind: 'delete' });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).rejects.toMatchObject({
      code: 'USER_NOT_YET_VISIBLE',
    });
    expect(audit.entries).toEqual([]);
  });

  it('does not delete somebody later who was promoted meanwhile', async () => {
    const { run, user } = await setup({ guarded: { role: 'realm-management/realm-admin' } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('lets a delayed step wait while its rule is stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user } = await setup({ guarded: { limit } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).rejects.toMatchObject({
      code: 'RULE_STOPPED',
    });
    expect(user()).toBeDefined();
    limit.raise();
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
  });

  it('neither deletes nor grants what an approval promised until the audit has the reason for good', async () => {
    const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: day };
    const { run, audit, user } = await setup();
    audit.state = 'away';
    const granted = { kind: 'delayed-step', context: { ...context, disabledHere: true }, step: joining } as const;
    const deleted = { kind: 'delayed-step', context, step: deleting } as const;
    for (const job of [granted, deleted]) {
      await expect(run(job)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    }
    expect(user()).toMatchObject({ groups: [] });

    audit.state = 'kept';
    await expect(run(deleted)).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it.each<[string, Step, boolean]>([
    ['a rule has for the person', { uses: 'join-group', with: { group: '/partners' }, after: day }, false],
    ['keeps the person out, and can be undone', { uses: 'disable-user', with: null, after: day }, true],
  ])('does not wait for the audit with what %s', async (_, step, followsApproval) => {
    const { run, audit } = await setup();
    audit.state = 'away';
    const why = followsApproval ? { ...context, disabledHere: true } : context;
    await expect(run({ kind: 'delayed-step', context: why, step })).resolves.toBe('applied');
  });
});
