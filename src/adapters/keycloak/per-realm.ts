/** A record of the events topic can name realms that are not there, and a client of Keycloak's API takes 80 kB. */
const mostRealms = 1_000;

/** Makes one for each realm, when it is asked for. Those that were not asked for the longest are forgotten, and made anew. */
export function perRealm<T>(make: (realm: string) => T, most = mostRealms): (realm: string) => T {
  const made = new Map<string, T>();
  return (realm) => {
    const one = made.get(realm) ?? make(realm);
    made.delete(realm); // the order of a Map is that of setting
    made.set(realm, one);
    const [oldest] = made.keys();
    if (made.size > most && oldest !== undefined) {
      made.delete(oldest);
    }
    return one;
  };
}
