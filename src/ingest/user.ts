import type { UserRef } from './registration.ts';

/** What Keycloak knows of a user beyond the event. It is read when a rule asks for it. */
export interface UserFacts {
  readonly username: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly enabled: boolean;
  /** ms since 1970. */
  readonly createdAt: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly locale: string | null;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Absent if the user comes from a file. */
  readonly requiredActions?: readonly string[];
}

export type FoundUser = UserFacts & Pick<UserRef, 'userId'>;
