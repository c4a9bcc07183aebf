import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { neededRoles } from '../../../src/adapters/keycloak/rights.ts';
import { describe as inWords, type PlanOptions, planSetup } from '../../../src/operate/setup/plan.ts';
import type { DoorState } from '../../../src/operate/setup/door/state.ts';
import type { Change, RealmState } from '../../../src/operate/setup/realm-state.ts';
import { drawn } from '../door/drawn.ts';

const day = 86_400;

/** A realm as Keycloak makes it, on a server with the provider. */
const fresh: RealmState = {
  eventsEnabled: false,
  // Keycloak names 103 types here, where nobody chose any.
  savedTypes: ['LOGIN', 'LOGOUT', 'REGISTER', 'CODE_TO_TOKEN', 'VERIFY_EMAIL', 'DELETE_ACCOUNT'],
  eventsExpiration: 0,
  listeners: ['jboss-logging'],
  listenerInstalled: true,
  gateInstalled: true,
  gateAction: null,
  registrationFlow: { alias: 'registration', builtIn: true, gate: 'none' },
  holds: { portal: false, shop: false, gone: null },
  ungatedProviders: [],
  client: null,
  roles: [],
};
const options: PlanOptions = { prune: false, roleApprovers: false };
const ready: RealmState = {
  ...fresh,
  eventsEnabled: true,
  savedTypes: ['REGISTER', 'VERIFY_EMAIL', 'DELETE_ACCOUNT'],
  eventsExpiration: 28 * day,
  listeners: ['jboss-logging', 'vestibule'],
  gateAction: { enabled: true, forEverybody: false, belowVerifyEmail: true },
  client: { id: 'c', serviceAccount: true, secret: true },
  roles: [...neededRoles],
};

const kinds = (state: RealmState, more: Partial<PlanOptions> = {}) =>
  planSetup(state, { ...options, ...more }).changes.map(({ kind }) => kind);

/** The realm after a change, as Keycloak leaves it. */
function after(state: RealmState, change: Change): RealmState {
  switch (change.kind) {
    case 'save-events':
      return { ...state, eventsEnabled: true, savedTypes: change.types, eventsExpiration: change.expiration };
    case 'save-more-events':
      return { ...state, savedTypes: [...state.savedTypes, ...change.types] };
    case 'keep-events':
      return { ...state, eventsExpiration: change.expiration };
    case 'add-listener':
      return { ...state, listeners: [...state.listeners, 'vestibule'] };
    case 'register-gate':
    case 'repair-gate-action':
      return {
        ...state,
        gateAction: {
          enabled: true,
          forEverybody: state.gateAction?.forEverybody ?? false,
          belowVerifyEmail: true,
        },
      };
    case 'take-gate-default':
      return { ...state, gateAction: state.gateAction && { ...state.gateAction, forEverybody: false } };
    case 'gate-registration':
      return { ...state, registrationFlow: { alias: change.flow, builtIn: false, gate: 'on' } };
    case 'hold-client':
      return { ...state, holds: { ...state.holds, [change.client]: true } };
    case 'create-client':
    case 'repair-client':
      return { ...state, client: { id: 'c', serviceAccount: true, secret: true } };
    case 'grant-roles':
      return { ...state, roles: [...state.roles, ...change.roles] };
    case 'take-roles':
      return { ...state, roles: state.roles.filter((role) => !change.roles.includes(role)) };
    default: // flows: door.test.ts
      return state;
  }
}

const anyState: fc.Arbitrary<RealmState> = fc.record({
  eventsEnabled: fc.boolean(),
  savedTypes: fc.subarray(['REGISTER', 'VERIFY_EMAIL', 'DELETE_ACCOUNT', 'LOGIN']),
  eventsExpiration: fc.constantFrom(0, day, 7 * day, 365 * day),
  listeners: fc.subarray(['jboss-logging', 'vestibule']),
  listenerInstalled: fc.boolean(),
  gateInstalled: fc.boolean(),
  gateAction: fc.option(
    fc.record({ enabled: fc.boolean(), forEverybody: fc.boolean(), belowVerifyEmail: fc.boolean() }),
  ),
  registrationFlow: fc.record({
    alias: fc.constantFrom('registration', 'our registration'),
    builtIn: fc.boolean(),
    gate: fc.constantFrom('none', 'off', 'on', 'misplaced', 'no-form'),
  }),
  holds: fc.record({ portal: fc.option(fc.boolean()), shop: fc.boolean() }),
  ungatedProviders: fc.subarray(['google']),
  client: fc.option(fc.record({ id: fc.constant('c'), serviceAccount: fc.boolean(), secret: fc.boolean() })),
  roles: fc.subarray(['manage-users', 'view-events', 'view-realm', 'manage-realm']),
});
const anyOptions: fc.Arbitrary<PlanOptions> = fc.record({
  prune: fc.boolean(),
  roleApprovers: fc.boolean(),
  gates: fc.array(fc.constantFrom('portal', 'shop'), { maxLength: 3 }),
});

describe('src/operate/setup/plan', () => {
  it('has nothing to change in a realm that it has changed, whatever the realm was before', () => {
    fc.assert(
      fc.property(anyState, anyOptions, (state, chosen) => {
        const done = planSetup(state, chosen).changes.reduce(after, state);
        expect(planSetup(done, chosen).changes).toEqual([]);
      }),
    );
  });

  it('undoes nothing that somebody else has set up', () => {
    fc.assert(
      fc.property(anyState, anyOptions, (state, chosen) => {
        const done = planSetup(state, { ...chosen, prune: false }).changes.reduce(after, state);
        expect(done.listeners).toEqual(expect.arrayContaining([...state.listeners]));
        expect(done.roles).toEqual(expect.arrayContaining([...state.roles]));
        for (const [client, held] of Object.entries(state.holds)) {
          expect(held === true ? done.holds[client] : true).toBe(true);
        }
        expect(done.savedTypes).toEqual(expect.arrayContaining(state.eventsEnabled ? [...state.savedTypes] : []));
        expect(state.eventsEnabled && state.savedTypes.length === 0 ? done.savedTypes : []).toEqual([]);
        const keptLess = done.eventsExpiration !== 0 && done.eventsExpiration < state.eventsExpiration;
        expect(keptLess).toBe(false);
      }),
    );
  });

  it('prepares a fresh realm, and the second time finds nothing to do', () => {
    expect(kinds(fresh)).toEqual(['save-events', 'add-listener', 'register-gate', 'create-client', 'grant-roles']);
    expect(planSetup(ready, options)).toEqual({ changes: [], notes: [], obstacles: [] });
  });

  it('saves in a fresh realm only what it needs, never every login, and says what is saved', () => {
    const [save] = planSetup(fresh, options).changes;
    expect(save).toEqual({
      kind: 'save-events',
      types: ['REGISTER', 'VERIFY_EMAIL', 'DELETE_ACCOUNT'],
      expiration: 28 * day,
    });
    expect(inWords(save!)).toContain('for 28 days: REGISTER, VERIFY_EMAIL, DELETE_ACCOUNT, and no others');
  });

  it.each<[string, Partial<RealmState>, readonly Change[]]>([
    ['all types', { savedTypes: [] }, []],
    [
      'a list without some',
      { savedTypes: ['LOGIN', 'REGISTER', 'VERIFY_EMAIL'] },
      [{ kind: 'save-more-events', types: ['DELETE_ACCOUNT'] }],
    ],
    ['all types, for a day', { savedTypes: [], eventsExpiration: day }, [{ kind: 'keep-events', expiration: 7 * day }]],
    ['events for a year', { eventsExpiration: 365 * day }, []],
  ])('leaves a realm that saves %s what it saves', (_, state, changes) => {
    expect(planSetup({ ...ready, ...state }, options).changes).toEqual(changes);
  });

  it('says each change in words of its own', () => {
    const { changes } = planSetup(fresh, { prune: false, roleApprovers: true, gates: ['portal', 'shop'] });
    const lines = changes.map(inWords);
    expect(lines.every((line) => line.length > 20)).toBe(true);
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('src/operate/setup/plan-gate', () => {
  const gates = ['portal'];

  it('leaves flows and clients alone when nobody asks for the gate', () => {
    expect(kinds({ ...ready, gateAction: { enabled: false, forEverybody: false, belowVerifyEmail: false } })).toEqual(
      [],
    );
  });

  it('puts the gate into a copy of the built-in form, then lets the client hold', () => {
    expect(planSetup(ready, { ...options, gates }).changes).toEqual([
      { kind: 'gate-registration', flow: 'registration with gate', copyOf: 'registration' },
      { kind: 'hold-client', client: 'portal' },
    ]);
  });

  it('puts the gate into the form that the realm has made itself', () => {
    const own: RealmState = { ...ready, registrationFlow: { alias: 'ours', builtIn: false, gate: 'off' } };
    expect(planSetup(own, { ...options, gates }).changes).toContainEqual({
      kind: 'gate-registration',
      flow: 'ours',
      copyOf: null,
    });
  });

  it('leaves the flows to "--door" where both are asked for, and keeps the required action for those whom the gate holds', () => {
    const door: DoorState = {
      lacking: [],
      flows: [
        {
          alias: 'registration',
          way: 'form',
          builtIn: true,
          madeFrom: null,
          bound: [{ kind: 'registration' }],
          steps: drawn('{REQUIRED}\n  registration-user-creation REQUIRED'),
        },
      ],
      aliases: ['registration'],
    };
    const everybody = {
      ...ready,
      ungatedProviders: ['google'],
      gateAction: { enabled: true, forEverybody: true, belowVerifyEmail: true },
    };
    const { changes, notes } = planSetup(everybody, { ...options, gates, door });
    expect(changes.map(({ kind }) => kind)).toEqual([
      'copy-flow',
      'place-step',
      'place-step',
      'place-step',
      'bind-flow',
      'hold-client',
      // A set-up that breaks off leaves no realm open in which the gate held everybody.
      'take-gate-default',
    ]);
    expect(notes).toEqual([]);
  });

  it('adds one client to those that hold already, once, however often it is named', () => {
    const first: RealmState = {
      ...ready,
      registrationFlow: { alias: 'registration with gate', builtIn: false, gate: 'on' },
      holds: { portal: true, shop: false },
    };
    expect(planSetup(first, { ...options, gates: ['portal', 'shop', 'shop'] }).changes).toEqual([
      { kind: 'hold-client', client: 'shop' },
    ]);
  });

  it('mends a required action that Keycloak would not heed, or that would keep people from confirming their address', () => {
    for (const broken of [{ enabled: false }, { belowVerifyEmail: false }]) {
      const gateAction = { enabled: true, forEverybody: false, belowVerifyEmail: true, ...broken };
      expect(kinds({ ...ready, gateAction }, { gates })).toContain('repair-gate-action');
    }
  });

  it.each<[string, Partial<RealmState>, readonly string[]]>([
    ['keycloak/README.md', { gateInstalled: false }, gates],
    ['There is no client "gone"', {}, ['portal', 'gone']],
    ['no step that creates the user', { registrationFlow: { alias: 'x', builtIn: false, gate: 'no-form' } }, gates],
    ['move it below', { registrationFlow: { alias: 'x', builtIn: false, gate: 'misplaced' } }, gates],
  ])('says what is in the way, and how to mend it: %s', (remedy, state, asked) => {
    const { obstacles } = planSetup({ ...ready, ...state }, { ...options, gates: asked });
    expect(obstacles).toEqual([expect.stringContaining(remedy)]);
  });

  it('says who would pass by the gate, and when it would hold everybody', () => {
    const { notes } = planSetup(
      {
        ...ready,
        ungatedProviders: ['google'],
        gateAction: { enabled: true, forEverybody: true, belowVerifyEmail: true },
      },
      { ...options, gates },
    );
    expect(notes).toEqual([expect.stringContaining('every new user'), expect.stringContaining('through google')]);
  });
});
