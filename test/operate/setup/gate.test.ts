import { describe, expect, it } from '@jest/globals';

import { gatePlace, restoreGateDefault, takeGateDefault, tookDefault } from '../../../src/operate/setup/gate.ts';

const form = { displayName: 'form', level: 0 };
const creation = { providerId: 'registration-user-creation', level: 1, requirement: 'REQUIRED' };
const password = { providerId: 'registration-password-action', level: 1, requirement: 'REQUIRED' };
const gate = { providerId: 'vestibule-gate', level: 1, requirement: 'REQUIRED' };

describe('src/operate/setup/gate', () => {
  it.each([
    ['none', [form, creation, password]],
    ['on', [form, creation, password, gate]],
    ['off', [form, creation, { ...gate, requirement: 'DISABLED' }]],
    ['misplaced', [form, gate, creation]],
    ['misplaced', [form, creation, { displayName: 'second form', level: 0 }, gate]],
    ['no-form', [form, password]],
    ['no-form', []],
  ])('finds the gate "%s" among the steps', (place, steps) => {
    expect(gatePlace(steps)).toBe(place);
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
