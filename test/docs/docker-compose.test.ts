import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { readConfig, settings } from '../../src/platform/settings.ts';
import { loadRules } from '../../src/rules/load/load.ts';
import type { Step } from '../../src/rules/model.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);
const { vestibule, setup, keycloak } = compose.services;

describe('docker-compose.yml', () => {
  it('gives the service settings that it knows and can start with', () => {
    const env = vestibule?.environment ?? {};
    const known = Object.entries(settings).flatMap(([name, about]) =>
      'secret' in about ? [name, `${name}_FILE`] : [name],
    );
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
    const config = readConfig(env, (path) => (path.includes('link-keys') ? `k1:${'A'.repeat(43)}=` : 's'.repeat(32)));
    expect(keycloak?.environment).toMatchObject({
      KC_SPI_EVENTS_LISTENER__VESTIBULE__BOOTSTRAP_SERVERS: config.KAFKA_BROKERS.join(','),
      KC_SPI_EVENTS_LISTENER__VESTIBULE__TOPIC: config.KAFKA_EVENTS_TOPIC,
    });
    expect(Number.parseInt(vestibule?.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(config.SHUTDOWN_GRACE_MS);
  });

  it('has Keycloak sign registrations with the key that the service verifies with', () => {
    const file = keycloak?.environment?.['KC_SPI_EVENTS_LISTENER__VESTIBULE__SIGNING_KEY_FILE'];
    expect(file).toBe('/run/secrets/event-signing-key');
    expect(vestibule?.environment?.['EVENT_SIGNING_KEY_FILE']).toBe(file);
    expect(setup?.environment?.['EVENT_SIGNING_KEY_FILE']).toBe(file);
  });

  it('gives the set-up only what it reads', () => {
    const source = ['cli/setup.ts', 'cli/admin-login.ts', 'operate/setup/hand-over.ts']
      .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
      .join('\n');
    const unread = Object.keys(setup?.environment ?? {}).filter((name) => !source.includes(`['${name}']`));
    expect(unread).toEqual([]);
  });

  it('names no secret, volume, folder or service that is not there', () => {
    const missing = services.flatMap(([name, service]) => {
      const { secrets = [], volumes = [], environment = {}, depends_on = {}, build } = service;
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '');
      return [
        ...secrets.filter((secret) => !(secret in compose.secrets)),
        ...sources.filter((source) =>
          source.startsWith('.') ? !existsSync(join(root, source)) : !(source in compose.volumes),
        ),
        ...Object.values(environment)
          .flatMap((value) => /^\/run\/secrets\/(.*)$/.exec(value)?.[1] ?? [])
          .filter((secret) => !secrets.includes(secret)),
        ...Object.keys(depends_on).filter((other) => !(other in compose.services)),
        ...(build === undefined || existsSync(join(root, build.context, 'Dockerfile')) ? [] : [build.context]),
      ].map((what) => `${name}: ${what}`);
    });
    expect(missing).toEqual([]);
  });

  it('waits for health only where health is told, and for an end only where there is one', () => {
    const wrong = services.flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on)
        .filter(([other, { condition }]) => {
          const check = compose.services[other]?.healthcheck;
          return condition === 'service_healthy' ? check === undefined || check.disable === true : other !== 'setup';
        })
        .map(([other, { condition }]) => `${name} waits for ${other}: ${condition}`),
    );
    expect(wrong).toEqual([]);
  });

  it('tells at its head how to make every secret, and listens on this machine only', () => {
    const head = text.slice(0, text.indexOf('name: vestibule'));
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      expect(head).toContain(name);
      expect(file).toBe(`./secrets/${name}`);
    }
    const open = services.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'));
    expect(open).toEqual([]);
  });

  it('brings a realm that has what the shipped rules name', async () => {
    const realm = JSON.parse(readFileSync(join(root, 'docker/acme-realm.json'), 'utf8')) as {
      readonly clients: readonly { readonly clientId: string }[];
      readonly groups: readonly { readonly name: string }[];
      readonly roles: { readonly client: Readonly<Record<string, readonly { readonly name: string }[]>> };
    };
    const { book } = await loadRules(join(root, 'rules'));
    const files = book?.files ?? [];
    const steps = files.flatMap(({ rules }) => rules.flatMap(({ then }) => then.flatMap(withOutcomes)));
    const named = {
      clients: files.flatMap(({ clients }) => clients),
      groups: steps.flatMap((step) => (step.uses === 'join-group' ? [step.with.group] : [])),
      roles: steps.flatMap((step) => (step.uses === 'grant-role' ? [`${step.with.client}/${step.with.role}`] : [])),
    };
    const brought = {
      clients: realm.clients.map(({ clientId }) => clientId),
      groups: realm.groups.map(({ name }) => `/${name}`),
      roles: Object.entries(realm.roles.client).flatMap(([client, roles]) =>
        roles.map(({ name }) => `${client}/${name}`),
      ),
    };
    for (const kind of ['clients', 'groups', 'roles'] as const) {
      expect(named[kind].length).toBeGreaterThan(0);
      expect(brought[kind]).toEqual(expect.arrayContaining(named[kind]));
    }
  });
});

function withOutcomes(step: Step): Step[] {
  return step.uses === 'request-approval'
    ? [...step.with.approved, ...step.with.rejected, ...step.with.expired]
    : [step];
}
