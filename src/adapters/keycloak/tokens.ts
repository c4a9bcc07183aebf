import { type Dispatcher, request } from 'undici';
import { z } from 'zod';

import { ServiceError } from '../../platform/errors.ts';
import type { KeycloakClock } from './clock.ts';

/** The service account of a realm, or an administrator of realm master. */
export type Login =
  { readonly clientId: string; readonly secret: () => string } | { readonly user: string; readonly password: string };

export interface TokensOptions {
  readonly url: string;
  readonly realm: string;
  readonly login: Login;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  /** Learns from each token. */
  readonly clock?: KeycloakClock;
  readonly now?: () => number;
}

const answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * Access tokens for one realm. However many callers ask, one request is under way at a time. At two thirds of its
 * lifetime a token is renewed in the background, so that no call that disables an account waits for a token.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #now: () => number;
  #token: { value: string; renewAt: number; expiresAt: number } | undefined;
  #pending: Promise<string> | undefined;

  constructor(options: TokensOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async get(): Promise<string> {
    const token = this.#token;
    const now = this.#now();
    if (token === undefined || now >= token.expiresAt) {
      return this.renew();
    }
    if (now >= token.renewAt) {
      this.renew().catch(() => undefined); // the old token is still valid; the next call tries again
    }
    return token.value;
  }

  /** After a 401: forgets the token that was refused, unless a newer one is here already. */
  refused(value: string): void {
    if (this.#token?.value === value) {
      this.#token = undefined;
    }
  }

  renew(): Promise<string> {
    this.#pending ??= this.#fetch().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  async #fetch(): Promise<string> {
    const { url, realm, login, dispatcher, timeoutMs, clock } = this.#options;
    const askedAt = this.#now();
    const read = clock?.reading();
    const { status, body } = await post(
      `${url}/realms/${'user' in login ? 'master' : encodeURIComponent(realm)}/protocol/openid-connect/token`,
      new URLSearchParams(formOf(login)),
      dispatcher,
      timeoutMs,
      realm,
    );
    // A proxy's 404 is no answer about a realm.
    if (status === 404 && typeof body === 'object' && body !== null && 'error' in body) {
      throw new ServiceError('REALM_UNKNOWN', 'Keycloak has no such realm', { realm });
    }
    if (status === 400 || status === 401 || status === 403) {
      const message =
        'user' in login
          ? 'Keycloak refuses the administrator: check KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD'
          : 'Keycloak gives the service account no token: check KEYCLOAK_CLIENT_ID and KEYCLOAK_CLIENT_SECRET, or run vestibule setup';
      const who = 'user' in login ? {} : { clientId: login.clientId };
      throw new ServiceError('KEYCLOAK_FORBIDDEN', message, { realm, ...who, status });
    }
    const parsed = answer.safeParse(status === 200 ? body : undefined);
    if (!parsed.success) {
      throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'the token endpoint does not answer with a token', {
        realm,
        status,
      });
    }
    read?.(parsed.data.access_token);
    const lifetimeMs = parsed.data.expires_in * 1_000;
    this.#token = {
      value: parsed.data.access_token,
      renewAt: askedAt + (lifetimeMs * 2) / 3,
      expiresAt: askedAt + lifetimeMs - Math.min(5_000, lifetimeMs / 10),
    };
    return this.#token.value;
  }
}

function formOf(login: Login): Record<string, string> {
  return 'user' in login
    ? { grant_type: 'password', client_id: 'admin-cli', username: login.user, password: login.password }
    : { grant_type: 'client_credentials', client_id: login.clientId, client_secret: login.secret() };
}

async function post(url: string, form: URLSearchParams, dispatcher: Dispatcher, timeoutMs: number, realm: string) {
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    return { status: statusCode, body: json(text) };
  } catch (cause) {
    throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'the token endpoint does not answer', { cause, realm });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
