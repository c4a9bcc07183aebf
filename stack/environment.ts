import { keycloakAdmin, signingKey } from './distributions/keycloak.ts';
import type { Ports } from './ports.ts';

/** Settings of a stack, as the service, the demo and the tests read them. */
export function environment(ports: Ports): Record<string, string> {
  return {
    KEYCLOAK_URL: `http://127.0.0.1:${ports.keycloak}`,
    KEYCLOAK_ADMIN_USER: keycloakAdmin.user,
    KEYCLOAK_ADMIN_PASSWORD: keycloakAdmin.password,
    EVENT_SIGNING_KEY: signingKey,
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MAIL_FROM: 'Vestibule <vestibule@acme.test>',
    MAIL_INBOX_URL: `http://127.0.0.1:${ports.inbox}`,
  };
}

/** Lines that a POSIX shell can source. */
export function toShell(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('');
}
