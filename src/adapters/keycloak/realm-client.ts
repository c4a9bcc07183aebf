import KeycloakAdminClient, { fetchWithError, NetworkError } from '@keycloak/keycloak-admin-client';
import type { Agent } from 'undici';
import type { z } from 'zod';

import { ServiceError } from '../../errors.ts';
import { translate } from './errors.ts';
import { Tokens } from './tokens.ts';

export interface RealmClientOptions {
  readonly url: string;
  readonly realm: string;
  readonly clientId: string;
  readonly secret: () => string;
  readonly dispatcher: Agent;
  readonly timeoutMs: number;
}

/** The Admin API of one realm, as its service account. */
export class RealmClient {
  readonly realm: string;
  readonly #tokens: Tokens;
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #requestOptions: RequestInit;
  readonly #admin: KeycloakAdminClient;

  constructor({ url, realm, clientId, secret, dispatcher, timeoutMs }: RealmClientOptions) {
    this.realm = realm;
    this.#base = `${url}/admin/realms/${encodeURIComponent(realm)}`;
    this.#timeoutMs = timeoutMs;
    // A redirect would be a proxy's login page: an answer of somebody else, not to be followed with a token.
    this.#requestOptions = { redirect: 'manual', dispatcher } as object as RequestInit;
    this.#tokens = new Tokens({ url, realm, clientId, secret, dispatcher, timeoutMs });
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

  /**
   * Makes one call. A token that is refused is renewed once.
   * @param name what is tried, for messages: no personal data
   * @throws ServiceError
   */
  async call<T>(name: string, make: (admin: KeycloakAdminClient) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(make);
    } catch (error) {
      throw translate(error, name);
    }
  }

  /**
   * Reads what the admin client has no call for, or builds a wrong URL for. `null` when there is no such thing.
   * @param path below the realm, encoded
   */
  async get<T>(name: string, path: string, shape: z.ZodType<T>): Promise<T | null> {
    const reply = await this.call(name, async () => {
      const authorization = `Bearer ${await this.#tokens.get()}`;
      const response = await fetchWithError(`${this.#base}/${path}`, {
        ...this.#requestOptions,
        headers: { authorization },
        signal: AbortSignal.timeout(this.#timeoutMs),
      }).catch((error: unknown) => {
        if (error instanceof NetworkError && error.response.status === 404) {
          return null;
        }
        throw error;
      });
      return response === null ? null : ((await response.json()) as unknown);
    });
    if (reply === null) {
      return null;
    }
    const parsed = shape.safeParse(reply);
    if (!parsed.success) {
      throw new ServiceError('KEYCLOAK_REFUSED', `${name}: Keycloak answers in a form that is not known`, { path: parsed.error.issues[0]?.path.join('.') });
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
      throw error;
    }
  }
}
