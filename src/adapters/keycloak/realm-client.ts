import KeycloakAdminClient, { fetchWithError, NetworkError } from '@keycloak/keycloak-admin-client';
import type { Agent } from 'undici';
import { z } from 'zod';

import { ServiceError } from '../../platform/errors.ts';
import type { KeycloakClock } from './clock.ts';
import { notKeycloak, translate } from './errors.ts';
import { type Login, Tokens } from './tokens.ts';

export interface RealmClientOptions {
  readonly url: string;
  readonly realm: string;
  readonly login: Login;
  readonly dispatcher: Agent;
  readonly timeoutMs: number;
  readonly clock?: KeycloakClock;
}

const roles = z.object({ roles: z.array(z.string()).optional() }).optional();

/** Of an access token, what is looked at. It comes from Keycloak itself, so its signature is not checked. */
const claims = z.object({
  sub: z.string(),
  realm_access: roles,
  /** Roles by client. Absent in a lightweight token, whose holder has them all the same. */
  resource_access: z.record(z.string(), roles.unwrap()).optional(),
});
type TokenClaims = z.output<typeof claims>;

/** The Admin API of one realm, as its service account or, for `check`, as an administrator. */
export class RealmClient {
  readonly realm: string;
  readonly #tokens: Tokens;
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #requestOptions: RequestInit;
  readonly #admin: KeycloakAdminClient;

  constructor({ url, realm, login, dispatcher, timeoutMs, clock }: RealmClientOptions) {
    this.realm = realm;
    this.#base = `${url}/admin/realms/${encodeURIComponent(realm)}`;
    this.#timeoutMs = timeoutMs;
    // A redirect would lead to a proxy's login page. It is not followed, because the call carries a token.
    // (Node has types of an older undici, which do not know this Agent. At run time both work.)
    const options: object = { redirect: 'manual', dispatcher };
    this.#requestOptions = options;
    this.#tokens = new Tokens({ url, realm, login, dispatcher, timeoutMs, ...(clock === undefined ? {} : { clock }) });
    this.#admin = new KeycloakAdminClient({
      baseUrl: url,
      realmName: realm,
      timeout: timeoutMs,
      requestOptions: this.#requestOptions,
    });
    this.#admin.registerTokenProvider({ getAccessToken: () => this.#tokens.get() });
  }

  /** Fetches a token ahead of the first call. */
  async warmUp(): Promise<void> {
    await this.#tokens.get();
  }

  /** Fetches a token, also when there is one: the next calls use what the account may do now. */
  async renew(): Promise<void> {
    await this.#tokens.renew();
  }

  /** The user that the service account is. */
  async ownUserId(): Promise<string> {
    return (await this.claims()).sub;
  }

  /** @throws ServiceError KEYCLOAK_UNAVAILABLE where something else than Keycloak gave the token */
  async claims(): Promise<TokenClaims> {
    const [, payload = ''] = (await this.#tokens.get()).split('.');
    const read = claims.safeParse(json(Buffer.from(payload, 'base64url').toString()));
    if (!read.success) {
      throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'the token is none of Keycloak: look at what stands before it', {
        realm: this.realm,
      });
    }
    return read.data;
  }

  /**
   * Makes one call. If Keycloak refuses the token, it is renewed once.
   * @param name what is tried, for messages, without personal data
   * @throws ServiceError
   */
  async call<T>(name: string, make: (admin: KeycloakAdminClient) => Promise<T>): Promise<T> {
    try {
      const reply = await this.#attempt(make);
      if (typeof reply === 'string' && reply !== '') {
        throw notKeycloak(name, 200); // what is not JSON comes back from the client as text
      }
      return reply;
    } catch (error) {
      throw translate(error, name, this.realm);
    }
  }

  /**
   * Reads where the admin client has no call, where its call takes any 404 for "no such thing", or where it builds a
   * wrong URL.
   * @param path below the realm, encoded
   */
  async get<T>(
    name: string,
    path: string,
    shape: z.ZodType<T>,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const reply = await this.call(name, async () => {
      const authorization = `Bearer ${await this.#tokens.get()}`;
      const response = await fetchWithError(`${this.#base}/${path}?${new URLSearchParams(query).toString()}`, {
        ...this.#requestOptions,
        headers: { authorization },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return json(await response.text());
    });
    const parsed = shape.safeParse(reply);
    if (!parsed.success) {
      // Another version of Keycloak, or something in its place: it says nothing about this person, so no job is given up.
      throw new ServiceError('KEYCLOAK_UNAVAILABLE', `${name}: Keycloak answers in a form that is not known`, {
        realm: this.realm,
        path: parsed.error.issues[0]?.path.join('.'),
      });
    }
    return parsed.data;
  }

  async #attempt<T>(make: (admin: KeycloakAdminClient) => Promise<T>): Promise<T> {
    const token = await this.#tokens.get();
    try {
      return await make(this.#admin);
    } catch (error) {
      if (error instanceof NetworkError && error.response.status === 401) {
        this.#tokens.refused(token);
        return make(this.#admin);
      }
      if (error instanceof NetworkError && error.response.status === 403) {
        this.#tokens.refused(token); // it names the roles of its time; the next call sees those that were given since
      }
      throw error;
    }
  }
}

/** Text that is no JSON stays text. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
