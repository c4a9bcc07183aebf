/** What may not be looked at for want of a role. */
export interface Unseen {
  readonly lacks: 'view-realm' | 'view-clients' | 'view-users';
}

export type Seen<T> = T | Unseen;

export function isUnseen(fact: unknown): fact is Unseen {
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

/** One execution of an authentication flow, as Keycloak lists them: sub-flows before what is in them, a level deeper. */
export interface Execution {
  readonly level: number;
  readonly requirement: string;
  /** `null`: a sub-flow. */
  readonly provider: string | null;
}

export interface RequiredActionFacts {
  readonly alias: string;
  readonly enabled: boolean;
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
  verifyEmail(realm: string): Promise<Seen<boolean>>;
  clients(realm: string): Promise<Seen<readonly ClientFacts[]>>;
  /** Whether there is such a group, and else which others there are beside it. */
  group(realm: string, path: string): Promise<Seen<{ readonly exists: boolean; readonly others: readonly string[] }>>;
  /** Names of the roles of the realm, or of a client. `null`: no such client. */
  roles(realm: string, clientId?: string): Promise<Seen<readonly string[] | null>>;
  requiredActions(realm: string): Promise<Seen<readonly RequiredActionFacts[]>>;
  profile(realm: string): Promise<Seen<ProfileFacts>>;
  /** The flow in which people log in to a client. */
  loginFlow(realm: string, client: ClientFacts): Promise<Seen<readonly Execution[]>>;
  /** For "did you mean". */
  realms(): Promise<readonly string[]>;
}
