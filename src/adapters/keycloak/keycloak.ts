import type { Logger } from 'pino';
import { Agent } from 'undici';

import { KeycloakAccounts } from './accounts.ts';
import { EventStore } from './events.ts';
import { Lookups } from './lookups.ts';
import { RealmClient } from './realm-client.ts';
import { perRealm } from './per-realm.ts';
import { KeycloakPrivileges } from './privileges.ts';
import { type Rights, rightsIn } from './rights.ts';
import { SetUpTimes } from './set-up-times.ts';
import type { Login } from './tokens.ts';
import { Users } from './users.ts';

export interface ConnectionOptions {
  readonly url: string;
  readonly loginTo: (realm: string) => Login;
  readonly timeoutMs: number;
  /** Connections to Keycloak; more than its cores can use only lengthens every answer. */
  readonly connections: number;
  /** Where it says what the service account cannot see. */
  readonly log?: Pick<Logger, 'info'>;
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
  /** Gets a token for the realm. @throws ServiceError */
  ping(realm: string): Promise<void>;
  /**
   * Rights of the service account, too few and too many; `null`: its token does not show them.
   * @throws ServiceError
   */
  rights(realm: string, roleApprovers: boolean): Promise<Rights | null>;
  close(): Promise<void>;
}

/** Everything this service says to Keycloak, one service account per realm. */
export function createKeycloak({ clientId, secretOf, ...options }: KeycloakOptions): Keycloak {
  return connectKeycloak({ ...options, loginTo: (realm) => ({ clientId, secret: () => secretOf(realm) }) });
}

/** The same under any login: operators' commands may come as an administrator. */
export function connectKeycloak({ url, loginTo, timeoutMs, connections, log }: ConnectionOptions): Keycloak {
  const dispatcher = new Agent({ connections, keepAliveTimeout: 60_000, pipelining: 1 });
  const client = perRealm((realm) => new RealmClient({ url, realm, login: loginTo(realm), dispatcher, timeoutMs }));
  const setUpTimes = new SetUpTimes(client);
  const lookups = perRealm((realm) => new Lookups(client(realm)));
  return {
    accounts: new KeycloakAccounts(client, lookups),
    users: new Users(client, lookups),
    privileges: new KeycloakPrivileges(client, log),
    events: new EventStore(client),
    setUpAt: (realm) => setUpTimes.of(realm),
    ping: (realm) => client(realm).warmUp(),
    rights: async (realm, roleApprovers) => {
      const claims = await client(realm).claims();
      return claims.resource_access === undefined ? null : rightsIn(realm, claims, roleApprovers);
    },
    close: () => dispatcher.close(),
  };
}
