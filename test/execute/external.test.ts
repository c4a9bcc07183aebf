import { describe, expect, it } from '@jest/globals';

import { withoutPersonalData } from '../../src/jobs/queues.ts';
import type { Condition } from '../../src/rules/model.ts';
import { conditionByKey } from '../../src/rules/conditions/index.ts';
import { day, deleting, setup as setupDelayed } from '../fakes/deadlines.ts';
import { context, mia } from '../fakes/registrations.ts';
import { closing, joining, setup } from '../fakes/registration-run.ts';

const url = 'https://crm.acme.com/check?key=s3cret';
const operand = conditionByKey.get('external')?.operand.parse({ url, answer: { partner: true } });
const partner: Condition = { kind: 'is', key: 'external', operand };
const gated = { requiredActions: ['vestibule-pending'] };

describe('src/execute: rules that ask a system', () => {
  it('decide by its answer, and the audit has what was asked and whether it was what the rule wants', async () => {
    const { run, systems, user, audit, job } = setup({ then: [joining], when: partner, user: gated });
    systems.answers.set(url, { partner: true, mail: 'mia@crm.example' });
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ groups: ['/partners'], requiredActions: [] });
    expect(systems.asked).toMatchObject([{ url, cause: mia.eventId, user: { username: 'mia' } }]);
    expect(audit.entries[0]).toMatchObject({
      kind: 'decided',
      because: 'external',
      asked: ['https://crm.acme.com/check answers partner: true'],
    });
    expect(JSON.stringify(audit.entries)).not.toContain('s3cret');
    expect(JSON.stringify([audit.entries, job.data])).not.toContain('mia@crm');
  });

  it('let a person through the gate only after the answer, also if no rule holds then', async () => {
    const { run, systems, user, audit } = setup({ then: [joining], when: partner, user: gated });
    await expect(run()).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
    expect(user()).toMatchObject({ groups: [], requiredActions: gated.requiredActions });
    expect(audit.entries).toEqual([]);

    systems.answers.set(url, { partner: false });
    await expect(run()).resolves.toBe('no-rule');
    expect(user()).toMatchObject({ groups: [], requiredActions: [] });
    expect(audit.entries[0]).toMatchObject({ asked: ['https://crm.acme.com/check does not answer partner: true'] });
  });

  it('lock nobody out while the system is away', async () => {
    const { run, user } = setup({ then: [closing], when: { kind: 'not', of: partner } });
    await expect(run()).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
    expect(user()).toMatchObject({ enabled: true });
  });

  it('decide by the same answer when an attempt ends half way, whatever the system says by then', async () => {
    const { run, systems, accounts, user } = setup({ then: [joining], when: partner });
    systems.answers.set(url, { partner: true });
    accounts.failures.push({ call: 'join-group:/partners', error: new Error('cut off'), applied: false });
    const read = accounts.read.bind(accounts);
    // The first attempt ends between the answer and the decision.
    let reads = 0;
    accounts.read = (who) => (++reads === 2 ? Promise.reject(new Error('cut off')) : read(who));
    await expect(run()).rejects.toThrow('cut off');
    systems.answers.set(url, { partner: false });
    await expect(run()).rejects.toThrow('cut off'); // the second one in its step
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ groups: ['/partners'] });
    expect(systems.asked).toHaveLength(1);
  });

  it('read the person again after the answer, who may be gone by then', async () => {
    const { run, systems, accounts } = setup({ then: [joining], when: partner, now: mia.time + 3_600_000 });
    systems.answers.set(url, { partner: true });
    systems.whileAsked = () => accounts.apply(mia, { kind: 'delete' });
    await expect(run()).resolves.toBe('user-gone');
  });

  it('keep no answer in a job that is given up', () => {
    const answers = [{ question: { url, send: [] }, answer: { partner: true } }];
    expect(withoutPersonalData('registrations', { registration: mia, answers })).not.toHaveProperty('answers');
  });
});

describe('src/execute/delayed-step: rules that ask a system', () => {
  const rules = [{ when: { kind: 'not', of: partner } as const, then: [deleting] }];

  it.each([
    [false, 'applied'],
    [true, 'no-longer'],
  ])('ask again when a step is due: partner %s, %s', async (answer, outcome) => {
    const { run, systems } = await setupDelayed({ rules });
    systems.answers.set(url, { partner: answer });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe(outcome);
    expect(systems.asked).toMatchObject([{ url, cause: context.key }]);
  });

  it('ask once for both counts that there may have been', async () => {
    const flood: Condition = {
      kind: 'is',
      key: 'registrations-over',
      operand: { count: 5, within: day, by: 'client' },
    };
    const { run, systems } = await setupDelayed({
      rules: [{ when: { kind: 'all', of: [partner, { kind: 'not', of: flood }] }, name: 'another' }, { when: partner }],
    });
    systems.answers.set(url, { partner: true });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(systems.asked).toHaveLength(1);
  });

  it('leave the step undone while the system is away', async () => {
    const { run, user } = await setupDelayed({ rules });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).rejects.toMatchObject({
      code: 'EXTERNAL_UNAVAILABLE',
    });
    expect(user()).toBeDefined();
  });
});
