import type { RealmClient } from './realm-client.ts';
import { readUser } from './user.ts';

/**
 * When each realm was set up: when its service account was made, by Keycloak's clock. Keycloak remembers it for as long
 * as the service can log in at all, so that no lost Redis and no new consumer group changes it.
 */
export class SetUpTimes {
  readonly #client: (realm: string) => RealmClient;
  readonly #known = new Map<string, number>();

  constructor(client: (realm: string) => RealmClient) {
    this.#client = client;
  }

  /** ms since 1970. Asked once for each realm. @throws ServiceError */
  async of(realm: string): Promise<number> {
    const known = this.#known.get(realm);
    if (known !== undefined) {
      return known;
    }
    const client = this.#client(realm);
    const { createdTimestamp } = await readUser(client, { userId: await client.ownUserId() });
    this.#known.set(realm, createdTimestamp);
    return createdTimestamp;
  }
}
