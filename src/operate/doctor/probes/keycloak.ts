import { listenerId } from '../../setup/plan.ts';
import type { AdminLogin } from '../../setup/admin-login.ts';
import type { Probe } from '../diagnose.ts';
import { error, type Finding, fine, messageOf } from '../finding.ts';
import { keycloakClock, refusalFinding, rightsFindings } from '../keycloak/account.ts';
import { doorFindings, headerFindings, policyFindings } from '../keycloak/door.ts';
import { eventFindings, providerFindings } from '../keycloak/events.ts';
import { realmFindings } from '../keycloak/realm.ts';
import type { RealmNeeds } from '../rules.ts';
import { providerVersionFindings } from '../versions.ts';
import { type Answer, ask } from './ask.ts';
import { asAdministrator } from './keycloak-administrator.ts';
import { waysInOf } from './keycloak-flows.ts';
import {
  claimsOf,
  discovery,
  eventConfig,
  providerOf,
  realmSettings,
  said,
  tokenAnswer,
  type View,
} from './keycloak-answers.ts';

export interface KeycloakProbeOptions {
  readonly url: string;
  readonly realm: string;
  readonly clientId: string;
  /** @throws ServiceError where there is none */
  readonly secretOf: (realm: string) => string;
  readonly needs: RealmNeeds;
  /** Of the rules that are here; `null`: they have errors. */
  readonly rulesVersion: string | null;
  readonly eventsTopic: string;
  readonly doorTopic: string;
  /** Whether EVENT_SIGNING_KEY is set. */
  readonly signingKey: boolean;
  /** EVENTS_TOPIC_TRUSTED. */
  readonly trusted: boolean;
  /** Of this service. */
  readonly version: string;
  /** An administrator sees what the service account may not. */
  readonly admin: AdminLogin | null;
  readonly now: () => number;
}

type Found = (...findings: readonly Finding[]) => void;
/** One realm, seen as its service account sees it, and where there is one, as an administrator does. */
export function keycloakProbe(options: KeycloakProbeOptions): Probe {
  const { realm, admin } = options;
  return {
    name: `Keycloak, realm ${realm}`,
    area: 'keycloak',
    async look(found, signal) {
      const registrationAllowed = await reach(options, found, signal);
      if (registrationAllowed === undefined) {
        return;
      }
      const [seen, privileged] = await Promise.all([
        asServiceAccount(options, found, signal),
        admin === null ? null : asAdministrator(options, admin, found),
      ]);
      // Checked once, on all that was seen: what one account may not see, the other may.
      found(...viewFindings(options, registrationAllowed, both(seen, privileged), seen !== null));
    },
  };
}

function both(left: View | null, right: View | null): View {
  return {
    verifyEmail: left?.verifyEmail ?? right?.verifyEmail ?? null,
    gate: left?.gate ?? right?.gate ?? null,
    waysIn: left?.waysIn ?? right?.waysIn ?? null,
    events: left?.events ?? right?.events ?? null,
    provider: left?.provider ?? right?.provider ?? null,
  };
}

/** @param tellUnseen whether what nobody could see is worth a word: not where the service account got no token */
function viewFindings(
  { realm, needs, rulesVersion, eventsTopic, doorTopic, signingKey, trusted, version }: KeycloakProbeOptions,
  registrationAllowed: boolean | null,
  { verifyEmail, gate, waysIn, events, provider }: View,
  tellUnseen: boolean,
): Finding[] {
  const unseen = (what: string): Finding[] =>
    tellUnseen ? [fine('keycloak-not-visible', `${what} not visible with these rights`)] : [];
  const listens = events?.listeners.includes(listenerId) ?? false;
  return [
    ...realmFindings(realm, { registrationAllowed, verifyEmail, gate }, needs),
    ...(tellUnseen || waysIn !== null ? doorFindings(realm, waysIn, needs) : []),
    ...(events === null
      ? unseen('the event store and its listeners are')
      : eventFindings(realm, events, signingKey || trusted)),
    ...(provider === null
      ? unseen("Keycloak's providers are")
      : [
          ...providerFindings(provider, needs, { listens, eventsTopic, signingKey }),
          ...policyFindings(provider.listener, needs, { rulesVersion, doorTopic }),
          ...headerFindings(provider.listener, needs),
          ...providerVersionFindings(provider.listener?.['version'] ?? null, version),
        ]),
  ];
}

/** Whether registration is open, which the public description of the realm tells; `undefined`: nobody there to ask. */
async function reach(
  { url, realm, now }: KeycloakProbeOptions,
  found: Found,
  signal: AbortSignal,
): Promise<boolean | null | undefined> {
  const path = `${url}/realms/${encodeURIComponent(realm)}/.well-known/openid-configuration`;
  let answer: Answer;
  try {
    answer = await ask(path, { signal, now });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
    found(error('keycloak-away', `Keycloak does not answer at ${url}: ${why}`, 'start it, or correct KEYCLOAK_URL'));
    return undefined;
  }
  const description = discovery.safeParse(answer.json);
  if (answer.status === 200 && description.success) {
    found(fine('keycloak', `answers at ${url}`));
    return description.data.prompt_values_supported?.includes('create') ?? null;
  }
  found(
    answer.status === 404 && /realm/i.test(said.safeParse(answer.json).data?.error ?? '')
      ? error(
          'keycloak-realm-unknown',
          `Keycloak has no realm ${realm}`,
          'correct "realm:" in the rule files, or make the realm',
        )
      : error(
          'keycloak-foreign',
          `something else than a ready Keycloak answers at ${url} (${answer.status})`,
          'KEYCLOAK_URL is the part before /realms/; look at what stands before Keycloak',
        ),
  );
  return undefined;
}

/** @returns `null` when Keycloak gives it no token, or does not take the one that it gave */
async function asServiceAccount(
  options: KeycloakProbeOptions,
  found: Found,
  signal: AbortSignal,
): Promise<View | null> {
  const { url, realm, clientId, secretOf, needs, now } = options;
  const token = await tokenOf(options, found, signal);
  if (token === null) {
    return null;
  }
  found(...rightsFindings(realm, claimsOf(token), needs));
  const look = (path: string): Promise<Answer> => ask(`${url}/admin/${path}`, { token, signal, now });
  const [settings, events, server, waysIn] = await Promise.all([
    look(`realms/${encodeURIComponent(realm)}`),
    look(`realms/${encodeURIComponent(realm)}/events/config`),
    look('serverinfo'),
    waysInOf(url, realm, { clientId, secret: () => secretOf(realm) }),
  ]);
  if (settings.status === 401) {
    found(
      error(
        'keycloak-issuer',
        'Keycloak refuses the token that it has just given',
        'KEYCLOAK_URL must be an address at which Keycloak calls itself the same for tokens and for the Admin API',
      ),
    );
    return null;
  }
  return {
    verifyEmail: realmSettings.safeParse(settings.json).data?.verifyEmail ?? null,
    gate: null,
    waysIn,
    events: events.status === 200 ? (eventConfig.safeParse(events.json).data ?? null) : null,
    provider: server.status === 200 ? providerOf(server.json) : null,
  };
}

async function tokenOf(
  { url, realm, clientId, secretOf, now }: KeycloakProbeOptions,
  found: Found,
  signal: AbortSignal,
): Promise<string | null> {
  let secret: string;
  try {
    secret = secretOf(realm);
  } catch (cause) {
    found(
      error(
        'keycloak-no-secret',
        `no client secret for realm ${realm}: ${messageOf(cause)}`,
        'set KEYCLOAK_CLIENT_SECRET, or put a file named after the realm into KEYCLOAK_CLIENT_SECRETS_DIR',
      ),
    );
    return null;
  }
  const { status, json, asked, answered } = await ask(
    `${url}/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`,
    { form: { grant_type: 'client_credentials', client_id: clientId, client_secret: secret }, signal, now },
  );
  const granted = tokenAnswer.safeParse(json);
  if (status === 200 && granted.success) {
    const token = granted.data.access_token;
    const { iat } = claimsOf(token);
    found(fine('keycloak-token', `gives the client ${clientId} a token`));
    if (iat !== undefined) {
      found(keycloakClock({ asked, answered, from: iat * 1_000, to: iat * 1_000 + 999 }));
    }
    return token;
  }
  const refusal = said.safeParse(json).data;
  found(
    refusalFinding(
      { realm, clientId },
      { error: refusal?.error ?? `status ${status}`, description: refusal?.error_description ?? 'no reason given' },
    ),
  );
  return null;
}
