import { setTimeout as sleep } from 'node:timers/promises';

import { redirectUri } from '../../stack/realm.ts';
import { stackEnv, type TestRealm } from '../../test/stack/support/realm.ts';
import { exchangeCode } from '../../test/stack/support/registration-form.ts';
import { type Answered, type Arrival, type FormTarget, Visit } from '../../test/stack/support/visit.ts';

const password = 'correct horse';
const toRegister = { prompt: 'create' };
const targetOf = ({ realm }: TestRealm, clientId: string): FormTarget => ({
  keycloakUrl: stackEnv.KEYCLOAK_URL,
  realm,
  clientId,
  redirectUri,
});

/** Somebody who registers through one client, and is at the form already. */
export interface Person {
  readonly username: string;
  /** Sends the form at `sentAt` (`performance.now()`), and follows where it leads: to the application, or to a page. */
  readonly send: () => Promise<Answered & { readonly sentAt: number }>;
  /** Stays at the page, which looks again by itself, until it leads to the application or does not look any more. */
  readonly wait: (page: Arrival, until: number) => Promise<Arrival>;
  /** Trades the code for a token, as the application does. */
  readonly trade: (arrival: Arrival) => Promise<boolean>;
  /** Tries name and password, as a program does that shows no form. */
  readonly tryPassword: () => Promise<boolean>;
}

/** Asks for the form, and leaves it. */
export function openForm(realm: TestRealm, clientId: string): Promise<Arrival> {
  return new Visit(targetOf(realm, clientId)).open(toRegister);
}

export async function personAtForm(realm: TestRealm, clientId: string, username: string): Promise<Person> {
  const target = targetOf(realm, clientId);
  const visit = new Visit(target);
  const form = await visit.open(toRegister);
  const fields = {
    username,
    email: `${username}@example.test`,
    firstName: 'Mia',
    lastName: 'Meyer',
    password,
    'password-confirm': password,
  };
  return {
    username,
    async send() {
      const sentAt = performance.now();
      return { ...(await visit.send(form, 'kc-register-form', fields)), sentAt };
    },
    async wait(page, until) {
      let seen = page;
      while (seen.refresh !== undefined && codeOf(seen) === null && Date.now() < until) {
        await sleep(seen.refresh.afterMs);
        seen = await visit.goTo(seen.refresh.to);
      }
      return seen;
    },
    async trade(arrival) {
      const code = codeOf(arrival);
      return code !== null && succeeds(exchangeCode(target, code));
    },
    tryPassword: () => succeeds(passwordGrant(target, username)),
  };
}

export function codeOf({ location }: Arrival): string | null {
  return location?.href.startsWith(redirectUri) === true ? location.searchParams.get('code') : null;
}

async function passwordGrant({ keycloakUrl, realm, clientId }: FormTarget, username: string): Promise<void> {
  const body = new URLSearchParams({ grant_type: 'password', client_id: clientId, username, password });
  const answer = await fetch(`${keycloakUrl}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(text);
  }
}

const succeeds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );
