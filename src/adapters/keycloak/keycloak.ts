import type { Logger } from 'pino';
import { Agent } from 'undici';

import type { RoleKind } from '../../rules/decide/asks-roles.ts';
import { KeycloakAccounts } from './accounts.ts';
import { createApplicationLinks, type LinkOf } from './application-links.ts';
import type { KeycloakClock } from './clock.ts';
import { EventStore } from './events.ts';
import { Lookups } from './lookups.ts';
import { RealmClient } from './realm-client.ts';
import { perRealm } from './per-realm.ts';
import { KeycloakPrivileges } from './privileges.ts';
import { type Rights, rightsIn } from './rights.ts';
import { SetUpTimes } from './set-up-times.ts';
import type { Login } from './tokens.ts';
import { readUser } from './user.ts';
import { Users } from './users.ts';

export interface ConnectionOptions {
  readonly url: string;
  readonly loginTo: (realm: string) => Login;
  readonly timeoutMs: number;
  /** Connections to Keycloak; more than its cores can use only lengthens every answer. */
  readonly connections: number;
  /** Where it says what the service account cannot see. */
  readonly log?: Pick<Logger, 'info'>;
  /** Learns Keycloak's time. */
  readonly clock?: KeycloakClock;
}

export interface KeycloakOptions extends Omit<ConnectionOptions, 'loginTo'> {
  readonly clientId: string;
  readonly secretOf: (realm: string) => string;
}

export interface Keycloak {
  readonly accounts: KeycloakAccounts;
  readonly users: Users;
  readonly privileges: KeycloakPrivileges;
  readonly events: EventStore;
  /** When the realm was set up for this service, ms since 1970. @throws ServiceError */
  readonly setUpAt: (realm: string) => Promise<number>;
  readonly linkOf: LinkOf;
  /** Gets a token for the realm. @throws ServiceError */
  ping(realm: string): Promise<void>;
  /** Looks whether the service account can do its work, with a token of this moment. @throws ServiceError */
  probe(realm: string): Promise<void>;
  /**
   * Rights of the service account, too few and too many; `null`: its token does not show them.
   * @throws ServiceError
   */
  rights(realm: string, asked: readonly RoleKind[]): Promise<Rights | null>;
  close(): Promise<void>;
}

/** Everything this service says to Keycloak, one service account per realm. */
export function createKeycloak({ clientId, secretOf, ...options }: KeycloakOptions): Keycloak {
  return connectKeycloak({ ...options, loginTo: (realm) => ({ clientId, secret: () => secretOf(realm) }) });
}

/** The same under any login: operators' commands may come as an administrator. */
export function connectKeycloak({ url, loginTo, timeoutMs, connections, log, clock }: ConnectionOptions): Keycloak {
  const dispatcher = new Agent({ connections, keepAliveTimeout: 60_000, pipelining: 1 });
  const common = { url, dispatcher, timeoutMs, ...(clock === undefined ? {} : { clock }) };
  const client = perRealm((realm) => new RealmClient({ ...common, realm, login: loginTo(realm) }));
  const events = new EventStore(client);
  const setUpTimes = new SetUpTimes(client);
  const linkOf = createApplicationLinks({ url, dispatcher, now: Date.now });
  const lookups = perRealm((realm) => new Lookups(client(realm)));
  return {
    accounts: new KeycloakAccounts(client, lookups),
    users: new Users(client, lookups),
    privileges: new KeycloakPrivileges(client, log),
    events,
    linkOf,
    setUpAt: (realm) => setUpTimes.of(realm),
    ping: (realm) => client(realm).warmUp(),
    async probe(realm) {
      await client(realm).renew();
      await readUser(client(realm), { userId: await client(realm).ownUserId() });
      await events.kept(realm);
    },
    rights: async (realm, asked) => {
      const claims = await client(realm).claims();
      return claims.resource_access === undefined ? null : rightsIn(realm, claims, asked);
    },
    close: () => dispatcher.close(),
  };
}
