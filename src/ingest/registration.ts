/**
 * One person's self-registration, as all code after the decoders sees it. Plain JSON: it travels as job data.
 *
 * The person could type or choose all fields but `eventId`, `time`, `realm` and `userId`: treat them as hostile text.
 */
export interface Registration {
  /** Keycloak's event id, a UUID; stable over redelivery, hence the idempotency key. */
  readonly eventId: string;
  /** When Keycloak raised the event, ms since 1970, by Keycloak's clock. */
  readonly time: number;
  /** Realm name, as the Admin API wants it. */
  readonly realm: string;
  /** The client named in the browser's request; the browser can choose any client of the realm. */
  readonly clientId: string;
  /** A UUID. */
  readonly userId: string;
  readonly ip: string | null;
  /** `form`, `broker:<alias>`, or Keycloak's `register_method` where it is another. */
  readonly source: string;
  readonly username: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Language tag of the page they saw. Our listener reports it; Keycloak itself does not. */
  readonly locale: string | null;
  /**
   * Request headers that a gateway in front of Keycloak sets, by name in lower case: those that the Keycloak provider
   * looked for. `null`: the request did not have it. Of a header that is not here nobody knows anything, and where
   * `headers` is absent, of none.
   */
  readonly headers?: Readonly<Record<string, string | null>>;
  /**
   * What the client is called in Keycloak, by our listener. Whoever may change the client chose it: hostile text too.
   * Absent: it has no name, or nobody says it.
   */
  readonly clientName?: string;
  /** The policy that was in force at the door. Absent: there was none, or nobody who is believed says it. */
  readonly policy?: PolicyRef;
}

/** A policy of Keycloak's door. */
export interface PolicyRef {
  /** A newer policy has a higher one. */
  readonly sequence: number;
  /** Of the rule book. */
  readonly version: string;
}

/** A registration that the door of Keycloak refused: there is no account. */
export interface Refusal {
  /** Keycloak's event id, a UUID; stable over redelivery. */
  readonly eventId: string;
  /** ms since 1970, by Keycloak's clock. */
  readonly time: number;
  readonly realm: string;
  readonly clientId: string;
  /** `registration_closed`: no form was shown. `registration_refused`: the form was sent. */
  readonly error: string;
  /** The rule that refused, and the version of its rule book. `null`: an attribute of the client closes it. */
  readonly rule: { readonly file: string; readonly name: string; readonly version: string | null } | null;
}

/** Which user of which realm. */
export interface UserRef {
  readonly realm: string;
  readonly userId: string;
}

/**
 * What proves a registration: our listener signed its record, Keycloak's event store has it, or the operator trusts the
 * topic (EVENTS_TOPIC_TRUSTED).
 */
export type Proof = 'signed' | 'stored' | 'trusted';

/** The events of the topic that matter here. */
export type UserEvent =
  | {
      readonly kind: 'registered';
      readonly registration: Registration;
      /** `null`: a writer to the topic may have forged it. It leads to nothing until the event store confirms it. */
      readonly proof: Proof | null;
    }
  | ({
      readonly kind: 'email-verified' | 'account-deleted';
      readonly eventId: string;
      readonly time: number;
    } & UserRef);
