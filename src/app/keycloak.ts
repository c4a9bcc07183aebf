import type { Logger } from 'pino';

import { setupOptions } from '../adapters/keycloak/rights.ts';
import { createKeycloak, type Keycloak } from '../adapters/keycloak/keycloak.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import { secretsOf } from '../platform/secrets.ts';
import { asksRoles, type RoleKind } from '../rules/decide/asks-roles.ts';
import type { Base } from './base.ts';

export async function openKeycloak({ clock, config, log, lifecycle, realms, rules }: Base): Promise<Keycloak> {
  const keycloak = await lifecycle.open(
    'keycloak',
    () =>
      createKeycloak({
        url: config.KEYCLOAK_URL.replace(/\/+$/, ''),
        clientId: config.KEYCLOAK_CLIENT_ID,
        secretOf: secretsOf(config),
        timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
        connections: 10,
        log,
        clock,
      }),
    (made) => made.close(),
  );
  for (const realm of realms()) {
    if (await logIn(keycloak, realm, log)) {
      await checkRights(keycloak, realm, asksRoles(rules.current(), realm), log);
    }
    keycloak.setUpAt(realm).catch(() => undefined); // the first registration need not wait for it
  }
  if (config.EVENT_SIGNING_KEY === undefined && !config.EVENTS_TOPIC_TRUSTED) {
    await Promise.all(realms().map((realm) => reportUnconfirmable(keycloak, realm, log)));
  }
  return keycloak;
}

/** Wrong credentials end the start. A Keycloak that is away does not: its work waits. */
async function logIn(keycloak: Keycloak, realm: string, log: Logger): Promise<boolean> {
  try {
    await keycloak.ping(realm);
    return true;
  } catch (error) {
    if (!isServiceError(error, 'KEYCLOAK_UNAVAILABLE')) {
      throw error;
    }
    log.warn({ realm, because: error.message }, 'Keycloak does not answer yet');
    return false;
  }
}

/** Rights that are missing end the start: no registration of the realm could be worked on. Too many are a warning. */
export async function checkRights(
  keycloak: Pick<Keycloak, 'rights'>,
  realm: string,
  asked: readonly RoleKind[],
  log: Logger,
): Promise<void> {
  const rights = await keycloak.rights(realm, asked);
  const setup = `vestibule setup --realm ${realm}${setupOptions(asked)}`;
  if (rights === null) {
    log.info({ realm }, 'the token of the service account does not show its rights');
    return;
  }
  const { lacking, grave, slight } = rights;
  if (lacking.length > 0) {
    const roles = lacking.join(', ');
    throw new ServiceError(
      'CONFIG_INVALID',
      `the service account of realm ${realm} lacks the role ${roles} of realm-management: ${setup} grants it`,
      { realm, lacking },
    );
  }
  const surplus = [...grave, ...slight];
  if (surplus.length > 0) {
    const remedy = `take them away: ${setup} --prune`;
    log.warn({ realm, surplus, remedy }, 'the service account has rights that it does not need');
  }
}

/** Without a signing key, only the event store can prove a registration. */
async function reportUnconfirmable({ events }: Keycloak, realm: string, log: Logger): Promise<void> {
  const kept = await events.kept(realm).catch(() => null); // each registration that meets this is reported as well
  if (kept?.registrations === false) {
    const remedy = `run "vestibule setup --realm ${realm}", which turns the event store on, and set EVENT_SIGNING_KEY`;
    log.error({ realm, remedy }, 'no registration of this realm can be confirmed: none leads to anything');
  }
}
