import type { Logger } from 'pino';

import { createKeycloak, type Keycloak } from '../adapters/keycloak/keycloak.ts';
import { secretsOf } from '../platform/secrets.ts';
import type { Base } from './base.ts';

export async function openKeycloak({ clock, config, log, lifecycle, realms }: Base): Promise<Keycloak> {
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
    await logIn(keycloak, realm, log);
    keycloak.setUpAt(realm).catch(() => undefined); // the first registration need not wait for it
  }
  if (config.EVENT_SIGNING_KEY === undefined && !config.EVENTS_TOPIC_TRUSTED) {
    await Promise.all(realms().map((realm) => reportUnconfirmable(keycloak, realm, log)));
  }
  return keycloak;
}

/** Wrong credentials end the start. A Keycloak that is away does not: its work waits. */
async function logIn(keycloak: Keycloak, realm: string, log: Logger): Promise<void> {
  await keycloak.ping(realm).catch((error: { code?: string; message?: string }) => {
    if (error.code !== 'KEYCLOAK_UNAVAILABLE') {
      throw error;
    }
    log.warn({ realm, because: error.message }, 'Keycloak does not answer yet');
  });
}

/** Without a signing key, only the event store can prove a registration. */
async function reportUnconfirmable({ events }: Keycloak, realm: string, log: Logger): Promise<void> {
  const kept = await events.kept(realm).catch(() => null); // each registration that meets this is reported as well
  if (kept?.registrations === false) {
    const remedy = `run "vestibule setup --realm ${realm}", which turns the event store on, and set EVENT_SIGNING_KEY`;
    log.error({ realm, remedy }, 'no registration of this realm can be confirmed: none leads to anything');
  }
}
