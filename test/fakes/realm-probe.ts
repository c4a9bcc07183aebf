import type { RealmProbe } from '../../src/operate/realm-check/realm-facts.ts';

/** A realm `acme` with nothing in it but what a test puts there; counts what it is asked. */
export function fakeProbe(overrides: Partial<RealmProbe> = {}): RealmProbe & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer =
    <T>(name: string, value: T) =>
    (): Promise<T> => {
      asked.push(name);
      return Promise.resolve(value);
    };
  return {
    asked,
    verifyEmail: answer('verifyEmail', false),
    clients: answer('clients', []),
    group: answer('group', { exists: true, others: [] }),
    roles: answer('roles', []),
    requiredActions: answer('requiredActions', []),
    profile: answer('profile', { attributes: [], unmanaged: null }),
    loginFlow: answer('loginFlow', []),
    waysIn: answer('waysIn', []),
    headersLookedFor: answer('headersLookedFor', []),
    givenToAll: answer('givenToAll', { groups: [], roles: [] }),
    realms: answer('realms', ['acme']),
    ...overrides,
  };
}
