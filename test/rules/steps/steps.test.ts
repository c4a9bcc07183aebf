import { describe, expect, it } from '@jest/globals';

import type { Effects, StepContext } from '../../../src/rules/steps/effects.ts';
import { parseRuleFile } from '../../../src/rules/load/file.ts';
import type { Step } from '../../../src/rules/model.ts';
import {
  act,
  disablesNow,
  everyStep,
  locksOut,
  locksOutNow,
  standsFor,
  steps,
} from '../../../src/rules/steps/index.ts';
import { registration } from '../facts.ts';

const context: StepContext = {
  registration,
  person: { address: 'mia@acme.com', locale: 'de' },
  accountWasEnabled: true,
  application: 'Shop',
  rule: { file: 'shop.yaml', line: 5, rule: 'one' },
  version: 'v1',
  key: 'e/0',
};

/** Effects that note what is asked of them, without the user or context. */
function recorder(): { effects: Effects; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const noting = (at: string): unknown =>
    new Proxy(
      {},
      {
        get:
          (_, name) =>
          (subject: unknown, ...told: unknown[]) => {
            expect(subject).toBe(at === 'accounts.' ? registration : context);
            calls.push([`${at}${String(name)}`, ...told]);
            return Promise.resolve('changed');
          },
      },
    );
  const effects = new Proxy({} as Effects, {
    get: (_, name) => (name === 'accounts' ? noting('accounts.') : Reflect.get(noting('') as object, name)),
  });
  return { effects, calls };
}

function stepOf(yaml: string): Step {
  const text = `version: 1\nrealm: a\nclients: b\nrules:\n  - name: one\n    then: [${yaml}]\n`;
  const { ruleFile, problems } = parseRuleFile('shop.yaml', text, () => ({ lines: [] }));
  const step = ruleFile?.rules[0]?.then[0];
  if (step === undefined) {
    throw new Error(problems.map(({ message }) => message).join('; '));
  }
  return step;
}

describe('src/rules/steps', () => {
  it.each(steps.flatMap(({ name, examples }) => examples.map((example) => [name, example] as const)))(
    '%s reads its own example %j',
    (name, example) => {
      expect(stepOf(JSON.stringify(example)).uses).toBe(name);
    },
  );

  it.each([
    ['disable-user', ['accounts.apply', { kind: 'disable' }]],
    ['log-out-user', ['accounts.apply', { kind: 'log-out' }]],
    ['delete-user', ['accounts.apply', { kind: 'delete' }]],
    ['{ join-group: /a/b }', ['accounts.apply', { kind: 'join-group', path: '/a/b' }]],
    ['{ leave-group: { group: /a } }', ['accounts.apply', { kind: 'leave-group', path: '/a' }]],
    ['{ grant-role: member }', ['accounts.apply', { kind: 'grant-role', role: { role: 'member' } }]],
    [
      '{ grant-role: { client: shop, role: member } }',
      ['accounts.apply', { kind: 'grant-role', role: { client: 'shop', role: 'member' } }],
    ],
    ['{ revoke-role: { role: member } }', ['accounts.apply', { kind: 'revoke-role', role: { role: 'member' } }]],
    [
      '{ set-user-attribute: { name: origin, value: web } }',
      ['accounts.apply', { kind: 'set-attribute', name: 'origin', values: ['web'] }],
    ],
    [
      '{ set-user-attribute: { name: tags, value: [a, b] } }',
      ['accounts.apply', { kind: 'set-attribute', name: 'tags', values: ['a', 'b'] }],
    ],
    [
      '{ add-required-action: CONFIGURE_TOTP }',
      ['accounts.apply', { kind: 'add-required-action', action: 'CONFIGURE_TOTP' }],
    ],
    [
      '{ remove-required-action: VERIFY_EMAIL }',
      ['accounts.apply', { kind: 'remove-required-action', action: 'VERIFY_EMAIL' }],
    ],
    ['{ notify-user: welcome }', ['tellUser', 'welcome']],
    ['{ notify: ops@acme.com }', ['notify', ['ops@acme.com'], null]],
    ['{ notify: { to: [a@b.c, d@e.f], subject: Look } }', ['notify', ['a@b.c', 'd@e.f'], 'Look']],
    ['{ webhook: "https://crm.example/hook?x=1" }', ['callWebhook', 'https://crm.example/hook?x=1']],
  ])('%s asks for one effect', async (yaml, call) => {
    const { effects, calls } = recorder();
    await expect(act(effects, context, stepOf(yaml))).resolves.toBe('changed');
    expect(calls).toEqual([call]);
  });

  it('enable-user lets the person in, also through the gate', async () => {
    const { effects, calls } = recorder();
    await expect(act(effects, context, stepOf('enable-user'))).resolves.toBe('changed');
    expect(calls).toEqual([['enableAgain'], ['accounts.apply', { kind: 'open-gate' }]]);
  });

  it('enable-user leaves the gate shut when the account was left alone', async () => {
    const opened: unknown[] = [];
    const accounts: Effects['accounts'] = {
      apply: (_who, change) => (opened.push(change), Promise.resolve('changed')),
    };
    const leftAlone = { leftAlone: 'an administrator disabled it' };
    const effects = { ...recorder().effects, accounts, enableAgain: () => Promise.resolve(leftAlone) } as Effects;
    await expect(act(effects, context, stepOf('enable-user'))).resolves.toEqual(leftAlone);
    expect(opened).toEqual([]);
  });

  it('opens an approval with the whole question', async () => {
    const { effects, calls } = recorder();
    const step = stepOf('{ request-approval: { approvers: [desk@acme.com], approved: [{ join-group: /a }] } }');
    await act(effects, context, step);
    expect(calls).toEqual([['openApproval', step.with]]);
  });

  it('knows which steps keep somebody out', () => {
    const closing = (yaml: string): boolean => locksOut(stepOf(yaml));
    expect(steps.filter(({ locksOut }) => locksOut === true).map(({ name }) => name)).toEqual([
      'disable-user',
      'log-out-user',
      'delete-user',
      'refuse-registration',
    ]);
    expect(closing('{ request-approval: { approvers: [a@b.c] } }')).toBe(true);
    expect(closing('{ request-approval: { approvers: [a@b.c], hold: gate } }')).toBe(true);
    expect(closing('{ request-approval: { approvers: [a@b.c], hold: none } }')).toBe(false);
  });

  it('knows which steps do so at once, and which of those disable the account', () => {
    const atOnce = (yaml: string) => [locksOutNow(stepOf(yaml)), disablesNow(stepOf(yaml))];
    expect(atOnce('disable-user')).toEqual([true, true]);
    expect(atOnce('{ disable-user: { after: 1d } }')).toEqual([false, false]);
    expect(atOnce('delete-user')).toEqual([true, false]);
    expect(atOnce('{ join-group: /a }')).toEqual([false, false]);
    expect(atOnce('{ request-approval: { approvers: [a@b.c] } }')).toEqual([true, true]);
    expect(atOnce('{ request-approval: { approvers: [a@b.c], hold: gate } }')).toEqual([true, false]);
    expect(atOnce('refuse-registration')).toEqual([true, true]);
    expect(atOnce('{ refuse-registration: { otherwise: delete-user } }')).toEqual([true, false]);
  });

  it('finds the steps inside a step, whichever outcome they follow', () => {
    const step = stepOf(
      '{ request-approval: { approvers: [a@b.c], approved: [{ join-group: /a }], rejected: [delete-user], expired: [log-out-user] } }',
    );
    expect(everyStep([step, stepOf('disable-user')]).map(({ uses }) => uses)).toEqual([
      'request-approval',
      'join-group',
      'delete-user',
      'log-out-user',
      'disable-user',
    ]);
  });

  it('puts other steps in place of a refusal, which cannot be done itself', async () => {
    const { effects, calls } = recorder();
    const refusal = stepOf('{ refuse-registration: { otherwise: delete-user } }');
    expect(standsFor(refusal).map(({ uses }) => uses)).toEqual(['delete-user', 'notify-user']);
    expect(standsFor(stepOf('disable-user'))).toEqual([stepOf('disable-user')]);
    await expect(act(effects, context, refusal)).rejects.toThrow('other steps in place of refuse-registration');
    expect(calls).toEqual([]);
  });

  it('reads a refusal in each of its forms', () => {
    const read = (yaml: string) => stepOf(yaml).with;
    const usual = { message: 'closed', otherwise: 'disable-user' };
    expect(read('refuse-registration')).toEqual(usual);
    expect(read('{ refuse-registration: }')).toEqual(usual);
    expect(read('{ refuse-registration: {} }')).toEqual(usual);
    expect(read('{ refuse-registration: { message: try-later, otherwise: delete-user } }')).toEqual({
      message: 'try-later',
      otherwise: 'delete-user',
    });
    expect(read('{ refuse-registration: { message: { en: No., de: Nein. } } }')).toEqual({
      message: { en: 'No.', de: 'Nein.' },
      otherwise: 'disable-user',
    });
  });

  it('fails loudly on a step of another version', async () => {
    const { effects } = recorder();
    const step = { uses: 'teleport-user', with: null, after: null } as unknown as Step;
    await expect(act(effects, context, step)).rejects.toThrow('no such step: teleport-user');
  });
});
