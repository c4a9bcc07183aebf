import { describe, expect, it } from '@jest/globals';

import { doorSteps, stateOf } from '../../../src/operate/door/steps.ts';
import { placeStep } from '../../../src/operate/setup/door/place-step.ts';
import { planDoor } from '../../../src/operate/setup/door/plan.ts';
import type { FlowState } from '../../../src/operate/setup/door/state.ts';
import { FakeFlow } from '../../fakes/flows.ts';
import { drawn } from '../door/drawn.ts';

const broker = `
  idp-review-profile REQUIRED
  {REQUIRED}
    idp-create-user-if-unique ALTERNATIVE
    {ALTERNATIVE}
      idp-confirm-link REQUIRED
  auth-otp-form REQUIRED
`;

const stateIn = (flow: FakeFlow, id: string) =>
  stateOf(
    flow.steps,
    doorSteps.find((step) => step.id === id)!,
  );

/** Whether the next set-up does something about the gate. */
function isPlanned(flow: FakeFlow): boolean {
  const copy: FlowState = {
    alias: 'copy',
    way: 'form',
    builtIn: false,
    madeFrom: 'registration',
    bound: [{ kind: 'registration' }],
    steps: flow.steps,
  };
  const { changes } = planDoor({ lacking: [], flows: [copy], aliases: ['copy'] });
  return changes.some((change) => change.kind === 'place-step' && change.step === 'vestibule-gate');
}

/** Answers so many calls that change something, and fails then. */
function breakingOff({ authenticationManagement: flows }: FakeFlow['api'], calls: number): FakeFlow['api'] {
  let left = calls;
  const changing = new Set(['addExecutionToFlow', 'createConfig', 'updateExecution', 'delExecution']);
  const entries = Object.entries(flows).map(([name, call]: [string, (...given: unknown[]) => unknown]) => [
    name,
    async (...given: unknown[]) => {
      if (changing.has(name) && left-- === 0) {
        throw new Error(`${name} broke off`);
      }
      return call(...given);
    },
  ]);
  return { authenticationManagement: Object.fromEntries(entries) } as never;
}

describe('src/operate/setup/door/place-step', () => {
  it.each([
    ['none', broker],
    ['behind a step that shows a page', `${broker}  vestibule-gate-broker REQUIRED\n`],
    ['before the creation', broker.replace('  {REQUIRED}', '  vestibule-gate-broker REQUIRED\n  {REQUIRED}')],
    [
      'where only people with an account pass',
      broker.replace('idp-confirm', 'vestibule-gate-broker REQUIRED\n      idp-confirm'),
    ],
  ])('puts the gate right behind the part that creates the user: %s', async (_, before) => {
    const flow = new FakeFlow(drawn(before));
    await placeStep(flow.api, 'copy', 'vestibule-gate-broker');
    expect(stateIn(flow, 'vestibule-gate-broker')).toBe('on');
    const top = flow.steps.filter(({ level }) => level === 0).map(({ provider }) => provider);
    expect(top).toEqual(['idp-review-profile', null, 'vestibule-gate-broker', 'auth-otp-form']);
    const changes = flow.history.length;
    await placeStep(flow.api, 'copy', 'vestibule-gate-broker');
    expect(flow.history.slice(changes).every((steps) => JSON.stringify(steps) === JSON.stringify(flow.steps))).toBe(
      true,
    );
  });

  it('takes away a step that stood elsewhere only when the new one is in force', async () => {
    const elsewhere = `{REQUIRED}
  registration-user-creation REQUIRED
{REQUIRED}
  vestibule-gate REQUIRED`;
    const flow = new FakeFlow(drawn(elsewhere));
    await placeStep(flow.api, 'copy', 'vestibule-gate');
    const required = flow.history.map((steps) =>
      steps.filter(({ provider, requirement }) => provider === 'vestibule-gate' && requirement === 'REQUIRED'),
    );
    expect(required.map(({ length }) => length)).toEqual([1, 2, 1]);
    expect(stateIn(flow, 'vestibule-gate')).toBe('on');
  });

  it('is mended by the next set-up, whichever call of the last one was the last', async () => {
    const elsewhere = `{REQUIRED}
  registration-user-creation REQUIRED
{REQUIRED}
  vestibule-gate REQUIRED`;
    const settings = { alias: 'own', config: { clients: 'shop' } };
    for (let calls = 0; ; calls += 1) {
      const flow = new FakeFlow(drawn(elsewhere));
      flow.configure('vestibule-gate', settings);
      const begun = await placeStep(breakingOff(flow.api, calls), 'copy', 'vestibule-gate').catch(() => 'broke off');
      if (begun !== 'broke off') {
        expect(calls).toBe(4);
        return;
      }
      expect(isPlanned(flow)).toBe(true);
      await placeStep(flow.api, 'copy', 'vestibule-gate');
      expect(isPlanned(flow)).toBe(false);
      expect(flow.steps).toEqual(
        drawn('{REQUIRED}\n  registration-user-creation REQUIRED\n  vestibule-gate REQUIRED\n{REQUIRED}'),
      );
      expect(flow.settingsOf('vestibule-gate')?.config).toEqual(settings.config);
    }
  });
});
