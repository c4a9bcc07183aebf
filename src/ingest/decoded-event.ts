import type { Refusal, Registration } from './registration.ts';

/** Some envelopes name the realm, some have only its id. */
export type RealmRef = { readonly name: string } | { readonly id: string };

/** A `UserEvent` whose realm may still have to be looked up, or nothing that matters here. */
export type DecodedEvent =
  | { readonly kind: 'ignored'; readonly type: string }
  | { readonly kind: 'registered'; readonly realm: RealmRef; readonly registration: Omit<Registration, 'realm'> }
  | {
      readonly kind: 'email-verified' | 'account-deleted';
      readonly realm: RealmRef;
      readonly eventId: string;
      readonly time: number;
      readonly userId: string;
    }
  | { readonly kind: 'refused'; readonly realm: RealmRef; readonly refusal: Omit<Refusal, 'realm'> };

/** An event about a user. */
export type LocatedEvent = Exclude<DecodedEvent, { kind: 'ignored' | 'refused' }>;
