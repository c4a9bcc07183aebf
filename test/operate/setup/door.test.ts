import { describe, expect, it } from '@jest/globals';

import { describeDoor, planDoor, planRemoval } from '../../../src/operate/setup/door/plan.ts';
import { copyNameOf, type DoorState, type FlowState, madeFrom, markOf } from '../../../src/operate/setup/door/state.ts';
import { drawn } from '../door/drawn.ts';

const form = '{REQUIRED}\n  registration-user-creation REQUIRED';
const wholeForm =
  'vestibule-door REQUIRED\n{REQUIRED}\n  vestibule-door-form REQUIRED\n  registration-user-creation REQUIRED\n  vestibule-gate REQUIRED';
const broker =
  'idp-review-profile REQUIRED\n{REQUIRED}\n  idp-create-user-if-unique ALTERNATIVE\n  {ALTERNATIVE}\n    idp-confirm-link REQUIRED';

const registration: FlowState = {
  alias: 'registration',
  way: 'form',
  builtIn: true,
  madeFrom: null,
  bound: [{ kind: 'registration' }],
  steps: drawn(form),
};
const brokerLogin: FlowState = {
  alias: 'first broker login',
  way: 'broker',
  builtIn: true,
  madeFrom: null,
  bound: [{ kind: 'broker-default' }, { kind: 'provider', provider: 'google' }],
  steps: drawn(broker),
};
const state = (flows: readonly FlowState[], more: Partial<DoorState> = {}): DoorState => ({
  lacking: [],
  flows,
  aliases: flows.map(({ alias }) => alias),
  ...more,
});
const lines = (changes: ReturnType<typeof planDoor>['changes']) => changes.map(describeDoor);

describe('src/operate/setup/door', () => {
  it('copies each flow, adds the steps, and binds the copy last, everywhere the flow was bound', () => {
    const { changes, obstacles } = planDoor(state([registration, brokerLogin]));
    expect(obstacles).toEqual([]);
    expect(lines(changes)).toEqual([
      'copy the flow "registration" to "registration with door"',
      'add the step "vestibule-door" to the flow "registration with door", required',
      'add the step "vestibule-door-form" to the flow "registration with door", required',
      'add the step "vestibule-gate" to the flow "registration with door", required',
      'bind the flow "registration with door" as the realm\'s registration',
      'copy the flow "first broker login" to "first broker login with door"',
      'add the step "vestibule-door-broker" to the flow "first broker login with door", required',
      'add the step "vestibule-gate-broker" to the flow "first broker login with door", required',
      'bind the flow "first broker login with door" as the realm\'s first login of identity providers',
      'bind the flow "first broker login with door" as the first login of the identity provider "google"',
    ]);
  });

  it('leaves a flow alone that has all steps, whoever made it', () => {
    expect(
      planDoor(state([{ ...registration, alias: 'ours', builtIn: false, steps: drawn(wholeForm) }])).changes,
    ).toEqual([]);
  });

  it('copies a flow of the realm too, and never touches it', () => {
    const own = {
      ...registration,
      alias: 'ours',
      builtIn: false,
      steps: drawn(wholeForm.replace('door REQ', 'door DIS')),
    };
    const touched = planDoor(state([own])).changes.flatMap((change) => ('flow' in change ? [change.flow] : []));
    expect(new Set(touched)).toEqual(new Set(['ours with door']));
  });

  it('takes a step away that a set-up left at two places, where all of them are in force, and only in its own copy', () => {
    const doubled = {
      ...registration,
      alias: 'copy',
      steps: drawn(`${wholeForm}\n{REQUIRED}\n  vestibule-gate REQUIRED`),
    };
    expect(lines(planDoor(state([{ ...doubled, madeFrom: 'registration' }])).changes)).toEqual([
      'take the step "vestibule-gate" of the flow "copy" away where it has no effect',
    ]);
    expect(planDoor(state([doubled])).changes).toEqual([]);
  });

  it('mends its own copy in place', () => {
    const broken = wholeForm
      .replace('vestibule-door REQUIRED', 'vestibule-door DISABLED')
      .replace('  vestibule-door-form REQUIRED\n', '');
    const copy = { ...registration, alias: 'registration with door', builtIn: false, madeFrom: 'registration' };
    expect(lines(planDoor(state([{ ...copy, steps: drawn(broken) }])).changes)).toEqual([
      'switch on the step "vestibule-door" of the flow "registration with door"',
      'add the step "vestibule-door-form" to the flow "registration with door", required',
    ]);
    const moved = `${wholeForm.replace('vestibule-door REQUIRED\n', '')}\nvestibule-door REQUIRED`;
    expect(lines(planDoor(state([{ ...copy, steps: drawn(moved) }])).changes)).toEqual([
      'move the step "vestibule-door" of the flow "registration with door" to where it has an effect',
    ]);
  });

  it('goes on with the copy of a set-up that broke off', () => {
    const half: FlowState = {
      ...registration,
      alias: 'registration with door',
      builtIn: false,
      madeFrom: 'registration',
      bound: [],
      way: 'broker', // nobody knows of a flow that is not bound
      steps: drawn(form.replace('{', 'vestibule-door REQUIRED\n{')),
    };
    expect(lines(planDoor(state([registration, half])).changes)).toEqual([
      'add the step "vestibule-door-form" to the flow "registration with door", required',
      'add the step "vestibule-gate" to the flow "registration with door", required',
      'bind the flow "registration with door" as the realm\'s registration',
    ]);
  });

  describe('a flow under the name of the copy, without a mark and not bound', () => {
    const unmarked = (steps: string): FlowState => ({
      ...registration,
      alias: 'registration with door',
      builtIn: false,
      bound: [],
      way: 'broker',
      steps: drawn(steps),
    });

    it('is the copy of a set-up that broke off before it marked it, where its steps are those of the original', () => {
      const { changes, obstacles } = planDoor(state([registration, unmarked(form)]));
      expect(obstacles).toEqual([]);
      expect(lines(changes)).toEqual([
        'go on with the flow "registration with door", which has the steps of "registration": a set-up broke off',
        'add the step "vestibule-door" to the flow "registration with door", required',
        'add the step "vestibule-door-form" to the flow "registration with door", required',
        'add the step "vestibule-gate" to the flow "registration with door", required',
        'bind the flow "registration with door" as the realm\'s registration',
      ]);
    });

    it('is the copy also where it has steps of ours besides', () => {
      const { changes, obstacles } = planDoor(state([registration, unmarked(wholeForm)]));
      expect(obstacles).toEqual([]);
      expect(changes.map(({ kind }) => kind)).toEqual(['mark-flow', 'bind-flow']);
    });

    it.each([
      ['a step more', `${form}\n  registration-recaptcha-action REQUIRED`],
      ['a step less', '{REQUIRED}'],
      ['another requirement', form.replace('creation REQUIRED', 'creation DISABLED')],
    ])("is somebody else's with %s", (_, steps) => {
      const { changes, obstacles } = planDoor(state([registration, unmarked(steps)]));
      expect([changes, obstacles]).toEqual([[], [expect.stringContaining('Rename or delete it')]]);
    });

    it("is somebody else's where it is in use", () => {
      const used: FlowState = { ...unmarked(form), bound: [{ kind: 'provider', provider: 'google' }] };
      expect(planDoor(state([registration, used])).obstacles).toContainEqual(
        expect.stringContaining('Rename or delete it'),
      );
    });

    it('is nothing that "--remove" takes away', () => {
      expect(planRemoval(state([registration, unmarked(wholeForm)]), 0, false).changes).toEqual([]);
    });
  });

  it('names the copy of a flow that "--gate" made after the first', () => {
    const gated = { ...registration, alias: 'registration with gate', builtIn: false };
    expect(planDoor(state([gated])).changes[0]).toEqual({
      kind: 'copy-flow',
      flow: 'registration with door',
      copyOf: 'registration with gate',
    });
  });

  it.each<[string, DoorState]>([
    ['keycloak/README.md', state([registration], { lacking: ['vestibule-door'] })],
    ['no form with the step that creates the user', state([{ ...registration, steps: drawn('{REQUIRED}') }])],
    [
      'several enabled steps that create a user: switch off',
      state([{ ...registration, steps: drawn(`${form}\n${form}`) }]),
    ],
    [
      'several enabled steps that create a user: switch off',
      state([{ ...brokerLogin, madeFrom: 'x', steps: drawn(`${broker}\n${broker}`) }]),
    ],
    ['it lacks the provider of one', state([{ ...registration, steps: null }])],
    [
      'Put them into a sub-flow that is required',
      state([{ ...brokerLogin, steps: drawn('idp-create-user-if-unique ALTERNATIVE\nidp-auto-link ALTERNATIVE') }]),
    ],
    ['Rename or delete it', state([registration], { aliases: ['registration', 'registration with door'] })],
    ['too long', state([{ ...registration, alias: 'x'.repeat(250) }])],
  ])('says what is in the way: %s', (words, there) => {
    const { changes, obstacles } = planDoor(there);
    expect([changes, obstacles]).toEqual([[], [expect.stringContaining(words)]]);
  });

  it('leaves a first login flow alone that creates nobody, and says so', () => {
    const links = { ...brokerLogin, steps: drawn('idp-detect-existing-broker-user REQUIRED\nidp-auto-link REQUIRED') };
    const { changes, notes, obstacles } = planDoor(state([links]));
    expect([changes, obstacles]).toEqual([[], []]);
    expect(notes).toEqual([expect.stringContaining('"first broker login" has no step "Create User If Unique"')]);
  });

  describe('the way back', () => {
    const copy = (from: FlowState): FlowState => ({
      ...from,
      alias: `${from.alias} with door`,
      builtIn: false,
      madeFrom: from.alias,
    });
    const done = state([copy(registration), copy(brokerLogin)], { aliases: ['registration', 'first broker login'] });

    it('binds what was bound before, everywhere, then deletes the copies', () => {
      expect(lines(planRemoval(done, 0, false).changes)).toEqual([
        'bind the flow "registration" as the realm\'s registration',
        'bind the flow "first broker login" as the realm\'s first login of identity providers',
        'bind the flow "first broker login" as the first login of the identity provider "google"',
        'delete the flow "registration with door", which "setup --door" made',
        'delete the flow "first broker login with door", which "setup --door" made',
      ]);
    });

    it('holds everybody again before it takes the door away, where it stopped that', () => {
      expect(lines(planRemoval(done, 0, true).changes).slice(0, 2)).toEqual([
        'make "vestibule-pending" a default action again, as before "setup --door": it then holds every new user of the realm',
        'bind the flow "registration" as the realm\'s registration',
      ]);
    });

    it('touches no flow that it did not make, and needs no step of the provider', () => {
      expect(planRemoval(state([registration, brokerLogin]), 3, false)).toEqual({
        changes: [],
        notes: [],
        obstacles: [],
      });
      const unreadable = { ...copy(registration), steps: null };
      expect(planRemoval(state([unreadable], { aliases: ['registration'] }), 0, false).changes).toHaveLength(2);
    });

    it.each([
      [1, '1 person waits at the gate'],
      [12, '12 people wait at the gate'],
    ])('waits for %i at the gate, and says how to go on', (waiting, words) => {
      const { obstacles } = planRemoval(done, waiting, false);
      expect(obstacles).toEqual([expect.stringContaining(words)]);
      expect(obstacles[0]).toContain('--while-people-wait');
    });

    it('says when what was bound before is gone', () => {
      const { obstacles } = planRemoval({ ...done, aliases: ['first broker login'] }, 0, false);
      expect(obstacles).toEqual([expect.stringContaining('The flow "registration", from which')]);
    });

    it('reads from a copy what it was made from, and from no other flow', () => {
      const description = markOf('my "own" flow', 'id-1');
      expect(madeFrom({ id: 'id-1', alias: 'my "own" flow with door', description })).toBe('my "own" flow');
      for (const other of [undefined, 'registration flow']) {
        expect(madeFrom({ id: 'id-1', alias: 'x', description: other })).toBeNull();
      }
    });

    it('takes the mark that Keycloak duplicated with a flow for no mark', () => {
      const description = markOf('registration', 'id-1');
      expect(madeFrom({ id: 'id-2', alias: 'the own copy of somebody', description })).toBeNull();
    });

    it('knows a copy again that was renamed, or that an import gave another id', () => {
      const description = markOf('registration', 'id-1');
      expect(madeFrom({ id: 'id-1', alias: 'renamed', description })).toBe('registration');
      expect(madeFrom({ id: 'id-2', alias: copyNameOf('registration'), description })).toBe('registration');
    });

    it('knows a mark without an id, where the name is ours', () => {
      const description = 'Made by "vestibule setup --door", which "--remove" undoes, from: registration with gate';
      expect(madeFrom({ id: 'id-1', alias: 'registration with door', description })).toBe('registration with gate');
      expect(madeFrom({ id: 'id-1', alias: 'the own copy of somebody', description })).toBeNull();
    });
  });
});
