import { describe, expect, it } from '@jest/globals';

import { doorSteps, placeFor, stateOf } from '../../../src/operate/door/steps.ts';
import { drawn } from './drawn.ts';

const builtInForm = `
  {REQUIRED}
    registration-user-creation REQUIRED
    registration-password-action REQUIRED
`;
const wholeForm = `
  vestibule-door REQUIRED
  {REQUIRED}
    vestibule-door-form REQUIRED
    registration-user-creation REQUIRED
    registration-password-action REQUIRED
    vestibule-gate REQUIRED
`;
const builtInBroker = `
  idp-review-profile REQUIRED
  {REQUIRED}
    idp-create-user-if-unique ALTERNATIVE
    {ALTERNATIVE}
      idp-confirm-link REQUIRED
  {CONDITIONAL}
    idp-add-organization-member REQUIRED
`;
const wholeBroker = `
  idp-review-profile REQUIRED
  vestibule-door-broker REQUIRED
  {REQUIRED}
    idp-create-user-if-unique ALTERNATIVE
    {ALTERNATIVE}
      idp-confirm-link REQUIRED
  vestibule-gate-broker REQUIRED
  {CONDITIONAL}
    idp-add-organization-member REQUIRED
`;

const step = (id: string) => doorSteps.find((each) => each.id === id)!;
const states = (way: string, flow: string) =>
  doorSteps.filter((each) => each.way === way).map((each) => stateOf(drawn(flow), each));

describe('src/operate/door/steps', () => {
  it.each([
    ['form', builtInForm, ['none', 'none', 'none']],
    ['form', wholeForm, ['on', 'on', 'on']],
    ['broker', builtInBroker, ['none', 'none']],
    ['broker', wholeBroker, ['on', 'on']],
  ])('tells how far a %s flow has the steps: %s', (way, flow, expected) => {
    expect(states(way, flow)).toEqual(expected);
  });

  it.each([
    ['vestibule-door', 'off', wholeForm.replace('vestibule-door REQUIRED', 'vestibule-door DISABLED')],
    [
      'vestibule-door',
      'misplaced',
      `${wholeForm.replace('  vestibule-door REQUIRED\n', '')}  vestibule-door REQUIRED\n`,
    ],
    ['vestibule-door-form', 'misplaced', `${builtInForm}    vestibule-door-form REQUIRED\n`],
    ['vestibule-gate', 'misplaced', builtInForm.replace('{REQUIRED}\n', '{REQUIRED}\n    vestibule-gate REQUIRED\n')],
    ['vestibule-gate', 'misplaced', `${builtInForm}  {REQUIRED}\n    vestibule-gate REQUIRED\n`],
    // Keycloak ignores the alternatives beside a required step: nobody could come in at all.
    [
      'vestibule-door-broker',
      'misplaced',
      builtInBroker.replace('  {REQUIRED}\n', '  {REQUIRED}\n    vestibule-door-broker REQUIRED\n'),
    ],
    // Runs only for people who have an account.
    [
      'vestibule-gate-broker',
      'misplaced',
      builtInBroker.replace('idp-confirm-link', 'vestibule-gate-broker REQUIRED\n      idp-confirm-link'),
    ],
    // What is in between can show a page. Then the account is there without the hold, and the person can leave.
    [
      'vestibule-gate-broker',
      'misplaced',
      `${wholeBroker.replace('  vestibule-gate-broker REQUIRED\n', '')}  vestibule-gate-broker REQUIRED\n`,
    ],
    [
      'vestibule-gate-broker',
      'misplaced',
      wholeBroker.replace('  vestibule-gate-broker', '  auth-otp-form REQUIRED\n  vestibule-gate-broker'),
    ],
    ['vestibule-gate-broker', 'on', wholeBroker.replace('  vestibule-g', '  auth-otp-form DISABLED\n  vestibule-g')],
    ['vestibule-gate-broker', 'on', `${wholeBroker}  auth-otp-form REQUIRED\n`],
    ['vestibule-door-broker', 'on', wholeBroker.replace('-broker REQUIRED\n', '-broker REQUIRED\n  terms REQUIRED\n')],
    // The second of them is where it belongs.
    ['vestibule-gate', 'on', wholeForm.replace('{REQUIRED}\n', '{REQUIRED}\n    vestibule-gate REQUIRED\n')],
  ])('finds %s "%s"', (id, state, flow) => {
    expect(stateOf(drawn(flow), step(id))).toBe(state);
  });

  it('takes a step for in force that stands further out than setup would put it', () => {
    const nested = drawn(`
  {REQUIRED}
    {REQUIRED}
      idp-create-user-if-unique ALTERNATIVE
      {ALTERNATIVE}
        idp-confirm-link REQUIRED
  vestibule-gate-broker REQUIRED
`);
    expect(stateOf(nested, step('vestibule-gate-broker'))).toBe('on');
    expect(placeFor(nested, step('vestibule-door-broker'))).toEqual({ anchor: 1, parent: 0 });
  });

  it('takes no step for in force behind a part that goes on after the creation', () => {
    const goesOn = drawn(`
  {REQUIRED}
    {REQUIRED}
      idp-create-user-if-unique ALTERNATIVE
      {ALTERNATIVE}
        idp-confirm-link REQUIRED
    auth-otp-form REQUIRED
  vestibule-gate-broker REQUIRED
`);
    expect(stateOf(goesOn, step('vestibule-gate-broker'))).toBe('misplaced');
    expect(placeFor(goesOn, step('vestibule-gate-broker'))).toEqual({ anchor: 1, parent: 0 });
  });

  it.each([
    ['off', 'vestibule-gate', wholeForm.replace('vestibule-gate REQ', 'vestibule-gate DIS'), wholeForm],
    ['misplaced', 'vestibule-gate', wholeForm, builtInForm],
    ['misplaced', 'vestibule-gate-broker', wholeBroker, builtInBroker.replace('{REQUIRED}', '{CONDITIONAL}')],
    ['on', 'vestibule-gate', wholeForm, builtInForm.replace('{REQUIRED}', '{DISABLED}')],
    ['on', 'vestibule-gate', builtInForm.replace('creation REQUIRED', 'creation DISABLED'), wholeForm],
    ['no-creation', 'vestibule-gate', wholeForm, '  registration-user-creation REQUIRED'],
  ])('says "%s" of %s in a flow with two user creations: the worse of both', (state, id, one, other) => {
    expect(stateOf(drawn(one + other), step(id))).toBe(state);
    expect(stateOf(drawn(`${other}\n${one}`), step(id))).toBe(state);
  });

  it('has a place in a flow with two user creations where only one is enabled', () => {
    const off = builtInForm.replace('{REQUIRED}', '{DISABLED}');
    expect(placeFor(drawn(off + builtInForm), step('vestibule-gate'))).toEqual({ anchor: 4, parent: 3 });
    expect(placeFor(drawn(builtInForm + builtInForm), step('vestibule-gate'))).toBe('several-creations');
  });

  it.each([
    ['no-creation', 'vestibule-gate', ''],
    ['no-creation', 'vestibule-gate', 'registration-user-creation REQUIRED'],
    ['no-creation', 'vestibule-door', builtInForm.replace('{REQUIRED}', '{DISABLED}')],
    ['no-creation', 'vestibule-door-broker', '  idp-detect-existing-broker-user REQUIRED'],
    ['alternatives', 'vestibule-door-broker', '  idp-create-user-if-unique ALTERNATIVE\n  idp-auto-link ALTERNATIVE'],
  ])('finds no place, "%s", for %s', (why, id, flow) => {
    expect(placeFor(drawn(flow), step(id))).toBe(why);
    expect(stateOf(drawn(flow), step(id))).toBe(why);
  });
});
