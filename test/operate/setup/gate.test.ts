import { describe, expect, it } from '@jest/globals';

import { FakeFlow } from '../../fakes/flows.ts';
import { drawn } from '../door/drawn.ts';
import {
  gatePlace,
  gateRegistration,
  restoreGateDefault,
  takeGateDefault,
  tookDefault,
} from '../../../src/operate/setup/gate.ts';

const form = { displayName: 'form', level: 0, requirement: 'REQUIRED', authenticationFlow: true };
const second = { ...form, displayName: 'second form' };
const creation = { providerId: 'registration-user-creation', level: 1, requirement: 'REQUIRED' };
const password = { providerId: 'registration-password-action', level: 1, requirement: 'REQUIRED' };
const gate = { providerId: 'vestibule-gate', level: 1, requirement: 'REQUIRED' };

describe('src/operate/setup/gate', () => {
  it.each([
    ['none', [form, creation, password]],
    ['on', [form, creation, password, gate]],
    ['off', [form, creation, { ...gate, requirement: 'DISABLED' }]],
    ['misplaced', [form, gate, creation]],
    ['misplaced', [form, creation, second, gate]],
    ['none', [form, creation, gate, second, creation]],
    ['none', [form, creation, second, creation, gate]],
    ['misplaced', [form, creation, gate, second, gate, creation]],
    ['off', [form, creation, gate, second, creation, { ...gate, requirement: 'DISABLED' }]],
    ['on', [form, creation, gate, second, creation, gate]],
    ['on', [form, creation, gate, { ...second, requirement: 'DISABLED' }, creation]],
    ['no-form', [{ ...creation, level: 0 }, form, creation, gate]],
    ['no-form', [form, password]],
    ['no-form', []],
  ])('finds the gate "%s" among the steps', (place, steps) => {
    expect(gatePlace(steps)).toBe(place);
  });

  it('puts the gate into each form that creates users, once', async () => {
    const forms = '{REQUIRED}\n  registration-user-creation REQUIRED\n';
    const flow = new FakeFlow(drawn(`${forms}  vestibule-gate DISABLED\n${forms}`));
    const bound: unknown[] = [];
    const api = { ...flow.api, realms: { update: async (...given: unknown[]) => void bound.push(given) } } as never;
    for (const _ of ['first', 'again']) {
      await gateRegistration(api, 'acme', { flow: 'form', copyOf: null });
      const gated = `${forms}  vestibule-gate REQUIRED\n`;
      expect(flow.steps).toEqual(drawn(gated + gated));
    }
    expect(bound[0]).toEqual([{ realm: 'acme' }, { registrationFlow: 'form' }]);
  });

  it('knows that it took the gate from the default actions, and gives it back as it was', async () => {
    const before = {
      alias: 'vestibule-pending',
      enabled: true,
      defaultAction: true,
      priority: 7,
      config: { own: 'x' },
    };
    let action: typeof before & { config: Record<string, string> } = before;
    const api = {
      authenticationManagement: {
        getRequiredActions: async () => [{ alias: 'VERIFY_EMAIL' }, action],
        updateRequiredAction: async (_: object, whole: typeof action) => void (action = whole),
      },
    } as never;
    expect(tookDefault([action])).toBe(false);
    await takeGateDefault(api);
    expect([action.defaultAction, action.priority, tookDefault([action])]).toEqual([false, 7, true]);
    await restoreGateDefault(api);
    expect(action).toEqual(before);
  });
});
