import { describe, expect, it } from '@jest/globals';

import { doorSteps, stateOf } from '../../../src/operate/door/steps.ts';
import { placeStep } from '../../../src/operate/setup/door/place-step.ts';
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
});
