import { createHash, randomBytes } from 'node:crypto';

import { z } from 'zod';

/** What one login carries from the way out to the way back. */
export interface Login {
  readonly state: string;
  readonly nonce: string;
  /** PKCE: its hash goes out with the browser, itself only to Keycloak's token endpoint. */
  readonly verifier: string;
}

export interface Person {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

export interface Tokens {
  readonly person: Person;
  readonly refreshToken: string;
  readonly idToken: string;
}

/** Keycloak says no, in its own words; anything else that goes wrong is another error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** One public client of the realm: authorization code flow with PKCE. */
export class OpenIdClient {
  readonly #issuer: string;
  readonly #clientId: string;
  readonly #home: string;

  /** @param home address of the application; people come back to `/callback` below it */
  constructor(issuer: string, clientId: string, home: string) {
    this.#issuer = issuer;
    this.#clientId = clientId;
    this.#home = home;
  }

  static begin(): Login {
    const random = (): string => randomBytes(32).toString('base64url');
    return { state: random(), nonce: random(), verifier: random() };
  }

  /** Where to send the browser: to the login form, or to the registration form. */
  loginAddress({ state, nonce, verifier }: Login, how: 'login' | 'register'): string {
    return this.#address('auth', {
      client_id: this.#clientId,
      redirect_uri: `${this.#home}/callback`,
      response_type: 'code',
      scope: 'openid',
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(how === 'register' ? { prompt: 'create' } : {}),
    });
  }

  logoutAddress(idToken: string): string {
    return this.#address('logout', {
      client_id: this.#clientId,
      id_token_hint: idToken,
      post_logout_redirect_uri: this.#home,
    });
  }

  /** @throws Refusal */
  async exchange(code: string, { nonce, verifier }: Login): Promise<Tokens> {
    const { tokens, claims } = await this.#tokens({
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${this.#home}/callback`,
      code_verifier: verifier,
    });
    if (claims.nonce !== nonce) {
      throw new Refusal('the answer belongs to another login');
    }
    return tokens;
  }

  /** Fresh tokens, with groups and roles as they are now. @throws Refusal when the session is over */
  async refresh(refreshToken: string): Promise<Tokens> {
    return (await this.#tokens({ grant_type: 'refresh_token', refresh_token: refreshToken })).tokens;
  }

  #address(endpoint: string, query: Readonly<Record<string, string>>): string {
    return `${this.#issuer}/protocol/openid-connect/${endpoint}?${new URLSearchParams(query).toString()}`;
  }

  /** The tokens come from Keycloak itself, and not by way of the browser: so their signatures need no look. */
  async #tokens(grant: Readonly<Record<string, string>>) {
    const answer = await fetch(`${this.#issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: this.#clientId, ...grant }),
      signal: AbortSignal.timeout(10_000),
    });
    const json: unknown = await answer.json().catch(() => null);
    if (answer.status === 400 || answer.status === 401) {
      const { error, error_description } = refusal.parse(json);
      throw new Refusal(error_description ?? error);
    }
    const { access_token, refresh_token, id_token } = granted.parse(json);
    const claims = idClaims.parse(payloadOf(id_token));
    if (claims.iss !== this.#issuer || ![claims.aud].flat().includes(this.#clientId)) {
      throw new Refusal('the token is for another application');
    }
    const access = accessClaims.parse(payloadOf(access_token));
    const roles = [...access.realm_access.roles, ...(access.resource_access[this.#clientId]?.roles ?? [])];
    const tokens: Tokens = {
      person: {
        username: claims.preferred_username,
        name: claims.name,
        email: claims.email,
        emailVerified: claims.email_verified,
        groups: claims.groups.toSorted(),
        roles: roles.filter((role) => !everybodyHas.test(role)).toSorted(),
      },
      refreshToken: refresh_token,
      idToken: id_token,
    };
    return { tokens, claims };
  }
}

/** Keycloak's own roles, which say nothing about an application. */
const everybodyHas = /^(default-roles-.*|offline_access|uma_authorization)$/;

function payloadOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

const refusal = z.object({ error: z.string(), error_description: z.string().optional() });
const granted = z.object({ access_token: z.string(), refresh_token: z.string(), id_token: z.string() });
const idClaims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  nonce: z.string().optional(),
  preferred_username: z.string(),
  name: z.string().default(''),
  email: z.string().default(''),
  email_verified: z.boolean().default(false),
  groups: z.array(z.string()).default([]),
});
const roleList = z.object({ roles: z.array(z.string()).default([]) });
const accessClaims = z.object({
  realm_access: roleList.default({ roles: [] }),
  resource_access: z.record(z.string(), roleList).default({}),
});
