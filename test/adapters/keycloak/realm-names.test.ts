import { describe, expect, it } from '@jest/globals';

import { EventStore } from '../../../src/adapters/keycloak/events.ts';
import type { RealmClient } from '../../../src/adapters/keycloak/realm-client.ts';
import { type ErrorCode, ServiceError } from '../../../src/platform/errors.ts';

/** @param ids of realms; an error code where the realm answers with that */
function storeOf(ids: Readonly<Record<string, string>>, failing: Readonly<Record<string, ErrorCode>> = {}) {
  const asked: string[] = [];
  const store = new EventStore((realm) => {
    const client = {
      ownUserId: async () => {
        asked.push(realm);
        const code = failing[realm];
        if (code !== undefined) {
          throw new ServiceError(code, 'no');
        }
        return 'me';
      },
      get: async () => [{ containerId: ids[realm] ?? '' }],
    };
    return client as unknown as RealmClient;
  });
  return { asked, nameOf: (id: string) => store.realmName(id, ['broken', 'acme', 'other']) };
}

describe('src/adapters/keycloak/events, names of realms', () => {
  const ids = { broken: 'id-0', acme: 'id-1', other: 'id-2' };

  it('asks each realm once', async () => {
    const { nameOf, asked } = storeOf(ids);
    expect([await nameOf('id-2'), await nameOf('id-1'), await nameOf('id-0')]).toEqual(['other', 'acme', 'broken']);
    await expect(nameOf('made-up')).rejects.toMatchObject({ code: 'REALM_UNKNOWN' });
    expect(asked).toEqual(['broken', 'acme', 'other']);
  });

  it.each(['KEYCLOAK_FORBIDDEN', 'REALM_UNKNOWN'] as const)(
    'goes on where one realm answers %s, and takes an id that no other has for unknown',
    async (code) => {
      const { nameOf } = storeOf(ids, { broken: code });
      await expect(nameOf('id-2')).resolves.toBe('other');
      await expect(nameOf('made-up')).rejects.toMatchObject({
        code: 'REALM_UNKNOWN',
        message: expect.stringContaining('broken cannot be looked into'),
      });
    },
  );

  it('takes nothing for unknown while Keycloak is away', async () => {
    const { nameOf } = storeOf(ids, { broken: 'KEYCLOAK_UNAVAILABLE' });
    await expect(nameOf('made-up')).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
  });
});
