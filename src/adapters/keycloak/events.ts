import type EventRepresentation from '@keycloak/keycloak-admin-client/lib/defs/eventRepresentation.js';

import { ServiceError } from '../../errors.ts';
import type { RealmClient } from './realm-client.ts';

export interface EventQuery {
  /** ms since 1970, inclusive. */
  readonly from: number;
  readonly first?: number;
  /** At most this many; Keycloak's own default would be 100. */
  readonly max?: number;
  readonly types?: readonly string[];
}

/** Keycloak's event store, written in the transaction that creates the user: what the topic may have missed is here. */
export class EventStore {
  readonly #client: (realm: string) => RealmClient;
  readonly #names = new Map<string, string>();

  constructor(client: (realm: string) => RealmClient) {
    this.#client = client;
  }

  /** Registrations, oldest first, in Keycloak's own event form. */
  async registrations(realm: string, { from, first = 0, max = 500, types = ['REGISTER'] }: EventQuery): Promise<readonly EventRepresentation[]> {
    return this.#client(realm).call('read events', (admin) =>
      admin.realms.findEvents({ realm, type: [...types] as never, dateFrom: String(from), direction: 'asc', first, max } as never),
    );
  }

  /**
   * The name of the realm with that UUID, among `realms`: some envelopes have only the id, and without the right to view
   * realms an event of the store is what tells.
   */
  async realmName(id: string, realms: readonly string[]): Promise<string> {
    const known = this.#names.get(id);
    if (known !== undefined) {
      return known;
    }
    for (const realm of realms) {
      const [event] = await this.#client(realm).call('read events', (admin) => admin.realms.findEvents({ realm, max: 1 }));
      if (event?.realmId !== undefined) {
        this.#names.set(event.realmId, realm);
      }
    }
    const name = this.#names.get(id);
    if (name === undefined) {
      throw new ServiceError('REALM_UNKNOWN', 'no realm that the rules name has this id', { realmId: id });
    }
    return name;
  }
}
