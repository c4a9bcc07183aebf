import type { RealmProbe } from './realm-facts.ts';

/** Asks each question once. */
export function memoize(probe: RealmProbe): RealmProbe {
  const answers = new Map<string, unknown>();
  const once = <T>(key: readonly unknown[], ask: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(key);
    const answer = (answers.get(name) as Promise<T> | undefined) ?? ask();
    answers.set(name, answer);
    return answer;
  };
  return {
    verifyEmail: (realm) => once(['verify', realm], () => probe.verifyEmail(realm)),
    clients: (realm) => once(['clients', realm], () => probe.clients(realm)),
    group: (realm, path) => once(['group', realm, path], () => probe.group(realm, path)),
    roles: (realm, clientId) => once(['roles', realm, clientId], () => probe.roles(realm, clientId)),
    requiredActions: (realm) => once(['actions', realm], () => probe.requiredActions(realm)),
    profile: (realm) => once(['profile', realm], () => probe.profile(realm)),
    loginFlow: (realm, client) => once(['flow', realm, client.ownFlow], () => probe.loginFlow(realm, client)),
    waysIn: (realm) => once(['ways', realm], () => probe.waysIn(realm)),
    givenToAll: (realm) => once(['given', realm], () => probe.givenToAll(realm)),
    headersLookedFor: (realm) => once(['headers', realm], () => probe.headersLookedFor(realm)),
    realms: () => once(['realms'], () => probe.realms()),
  };
}
