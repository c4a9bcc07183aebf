import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Login, Tokens } from './oidc.ts';

/** One browser at one application. */
export interface Visit {
  /** Logins on their way, by state: several tabs may have a form open. */
  readonly logins: Map<string, Login>;
  tokens: Tokens | null;
  /** Why Keycloak gives this person no token any more, in its words; `null`: it does. */
  ended: string | null;
}

const cookieName = 'vestibule-demo';
const most = 500;
const mostLogins = 20;

/** What the site remembers of browsers, in memory: as long as the demo runs, and of the newest only. */
export class Visits {
  readonly #visits = new Map<string, Visit>();

  /** @returns the visit, and the cookie to set where the browser brought none */
  of(request: IncomingMessage, clientId: string): { readonly visit: Visit; readonly cookie: string | null } {
    const [, known] = new RegExp(`(?:^|; )${cookieName}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '') ?? [];
    const browser = known ?? randomBytes(32).toString('base64url');
    const key = `${browser} ${clientId}`;
    const visit = this.#visits.get(key) ?? { logins: new Map(), tokens: null, ended: null };
    keepNewest(this.#visits, key, visit, most);
    const cookie = known === undefined ? `${cookieName}=${browser}; Path=/; HttpOnly; SameSite=Lax` : null;
    return { visit, cookie };
  }
}

export function remember(visit: Visit, login: Login): void {
  keepNewest(visit.logins, login.state, login, mostLogins);
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T, limit: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of [...map.keys()].slice(0, Math.max(0, map.size - limit))) {
    map.delete(oldest);
  }
}
