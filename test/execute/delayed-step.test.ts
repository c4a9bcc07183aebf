import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import type { Step } from '../../src/rules/model.ts';
import type { FakeUser } from '../fakes/accounts.ts';
import { FakeLimit } from '../fakes/guards.ts';
import { day, deleting, flood, request, setup } from '../fakes/deadlines.ts';
import { context, mia } from '../fakes/registrations.ts';

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

  it.each([
    ['above it', [{ name: 'flood', when: flood }, {}]],
    ['of its own', [{ when: flood }, { name: 'others' }]],
  ])('carries a delayed step out although nobody can tell any more what a condition %s counted', async (_, rules) => {
    const { run, user } = await setup({ rules });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('enables later only whom this system disabled', async () => {
    const enabling: Step = { uses: 'enable-user', with: null, after: null };
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', context, step: enabling })).resolves.toBe('left-alone');
    expect(user()?.enabled).toBe(false);
    const ours = { ...context, disabledHere: true };
    await expect(run({ kind: 'delayed-step', context: ours, step: enabling })).resolves.toBe('applied');
    expect(user()?.enabled).toBe(true);
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
      { uses: 'join-group', with: { group: '/partners' }, after: null },
      { uses: 'grant-role', with: { client: 'portal', role: 'member' }, after: null },
    ];
    const rejected = { state: 'rejected', settled: true, then: { approved, rejected: [], expired: [] } } as const;

    it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
      ['account', { enabled: true }],
      ['account', { groups: ['/partners'] }],
      ['gate', { enabled: true, requiredActions: [] }],
      ['gate', { enabled: true, requiredActions: ['vestibule-pending'], roles: ['portal/member'] }],
      ['none', { enabled: true, groups: ['/partners'] }],
      ['none', { enabled: true, roles: ['portal/member'] }],
    ])('shuts nobody out later whom somebody let in meanwhile: %s, %j', async (hold, changed) => {
      for (const step of [deleting, shut]) {
        const { run, user, approval, audit } = await setup({ asked: { ...rejected, hold }, user: changed });
        const after = { ...context, key: `${approval.id}/rejected/0` };
        await expect(run({ kind: 'delayed-step', context: after, step })).resolves.toBe('no-longer');
        expect(user()).toMatchObject(changed);
        expect(audit.entries).toEqual([expect.objectContaining({ because: expect.stringMatching(/^somebody /) })]);
      }
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
});
