import { describe, expect, it } from '@jest/globals';

import { gatePlace } from '../../../src/operate/setup/gate.ts';

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
});
