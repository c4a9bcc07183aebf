import { describe, expect, it } from '@jest/globals';

import { perRealm } from '../../../src/adapters/keycloak/per-realm.ts';

describe('src/adapters/keycloak/per-realm', () => {
  it('makes one for each realm', () => {
    const made: string[] = [];
    const of = perRealm((realm) => made.push(realm));
    ['acme', 'other', 'acme'].forEach(of);
    expect(made).toEqual(['acme', 'other']);
  });

  it('keeps those that are in use, however many realms somebody makes up', () => {
    const made: string[] = [];
    const of = perRealm((realm) => made.push(realm), 3);
    for (let number = 0; number < 10; number++) {
      of('acme');
      of(`made-up-${number}`);
    }
    expect(made.filter((realm) => realm === 'acme')).toHaveLength(1);
    of('made-up-0');
    expect(made.filter((realm) => realm === 'made-up-0')).toHaveLength(2);
  });
});
