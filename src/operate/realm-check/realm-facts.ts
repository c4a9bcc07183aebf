import type { RoleRef } from '../../rules/model.ts';
import type { Execution } from '../door/execution.ts';
import type { WayIn } from '../door/ways-in.ts';

/** What may not be looked at for want of a role. */
export interface Forbidden {
  readonly lacks: 'view-realm' | 'view-clients' | 'view-users' | 'view-identity-providers';
}

export type Visible<T> = T | Forbidden;

export function isForbidden(fact: unknown): fact is Forbidden {
  return typeof fact === 'object' && fact !== null && 'lacks' in fact;
}

export interface ClientFacts {
  readonly clientId: string;
  readonly enabled: boolean;
  /** Whether people log in to it with a browser. */
  readonly browserLogin: boolean;
  /** Id of a browser flow of its own. */
  readonly ownFlow: string | null;
}

export interface RequiredActionFacts {
  readonly alias: string;
  readonly enabled: boolean;
  /** Keycloak gives it to every new user. */
  readonly byDefault: boolean;
  /** People meet the lowest first. */
  readonly priority: number;
}

/** What Keycloak gives every new user of a realm. */
export interface GivenToAll {
  /** Paths of groups. */
  readonly groups: readonly string[];
  /** Also those that come with a group or with another role. */
  readonly roles: readonly RoleRef[];
}

export interface ProfileFacts {
  readonly attributes: readonly {
    readonly name: string;
    /** `user`, `admin` or both. */
    readonly editableBy: readonly string[];
  }[];
  /** What becomes of attributes that the profile does not list: `null` drops them. */
  readonly unmanaged: 'ENABLED' | 'ADMIN_VIEW' | 'ADMIN_EDIT' | null;
}

/** What rules name in a realm, as Keycloak has it. */
export interface RealmProbe {
  /** @throws ServiceError REALM_UNKNOWN */
  verifyEmail(realm: string): Promise<Visible<boolean>>;
  clients(realm: string): Promise<Visible<readonly ClientFacts[]>>;
  /** Whether there is such a group, and else which others there are beside it. */
  group(
    realm: string,
    path: string,
  ): Promise<Visible<{ readonly exists: boolean; readonly others: readonly string[] }>>;
  /** Names of the roles of the realm, or of a client. `null`: no such client. */
  roles(realm: string, clientId?: string): Promise<Visible<readonly string[] | null>>;
  requiredActions(realm: string): Promise<Visible<readonly RequiredActionFacts[]>>;
  profile(realm: string): Promise<Visible<ProfileFacts>>;
  /** The flow in which people log in to a client. */
  loginFlow(realm: string, client: ClientFacts): Promise<Visible<readonly Execution[]>>;
  /** The flows by which people get an account of their own: those that are open, and no others. */
  waysIn(realm: string): Promise<Visible<readonly WayIn[]>>;
  /** The request headers that the listener looks for, in lower case; `null`: Keycloak has no such listener. */
  headersLookedFor(realm: string): Promise<Visible<readonly string[] | null>>;
  givenToAll(realm: string): Promise<Visible<GivenToAll>>;
  /** For "did you mean". */
  realms(): Promise<readonly string[]>;
}
