/** Makes one for each realm, when it is asked for. */
export function perRealm<T>(make: (realm: string) => T): (realm: string) => T {
  const made = new Map<string, T>();
  return (realm) => {
    const one = made.get(realm) ?? make(realm);
    made.set(realm, one);
    return one;
  };
}
