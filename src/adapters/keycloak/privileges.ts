import type { Logger } from 'pino';
import { z } from 'zod';

import type { Privileges } from '../../execute/protected-users.ts';
import { isServiceError } from '../../platform/errors.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { RealmClient } from './realm-client.ts';

/** Rights that are given or taken meanwhile are noticed after this at the latest. */
const ttlMs = 10 * 60_000;
const masterRealm = 'master';
/** Realm roles of the master realm that administer; elsewhere an `admin` is some application's. */
const masterRoles: readonly string[] = ['admin', 'create-realm'];

/**
 * A person's groups and administrative roles. Measured on 26.7.4 with `manage-users` and `view-events`: groups, the
 * roles that groups give, and realm roles, direct or not, can be read. A role of `realm-management` that was given to
 * the person or to a realm role cannot: Keycloak leaves it out of `role-mappings` and `effective-roles` without a word.
 * To read it takes `view-clients`, which also reads the secrets of all clients. So that right is used where it is
 * given, and the docs do not ask for it.
 */
export class KeycloakPrivileges implements Privileges {
  readonly #client: (realm: string) => RealmClient;
  readonly #log: Pick<Logger, 'info'> | undefined;
  readonly #administration = new Map<string, { readonly uuid: string | null; readonly until: number }>();

  constructor(client: (realm: string) => RealmClient, log?: Pick<Logger, 'info'>) {
    this.#client = client;
    this.#log = log;
  }

  /** @throws ServiceError USER_GONE */
  async groups(who: UserRef): Promise<readonly string[]> {
    return (await this.#groups(who)).map(({ path }) => path);
  }

  /** @throws ServiceError USER_GONE */
  async administrativeRole(who: UserRef): Promise<string | null> {
    return (await this.#realmRole(who)) ?? (await this.#clientRole(who)) ?? (await this.#groupRole(who));
  }

  async #realmRole({ realm, userId }: UserRef): Promise<string | null> {
    if (realm !== masterRealm) {
      return null;
    }
    const path = `users/${encodeURIComponent(userId)}/role-mappings/realm/composite`;
    const roles = await this.#client(realm).get('roles of a user', path, named);
    return roles.find(({ name }) => masterRoles.includes(name))?.name ?? null;
  }

  async #clientRole({ realm, userId }: UserRef): Promise<string | null> {
    const uuid = await this.#administrationOf(realm);
    if (uuid === null) {
      return null;
    }
    const path = `users/${encodeURIComponent(userId)}/role-mappings/clients/${uuid}/composite`;
    const [role] = await this.#client(realm).get('roles of a user', path, named);
    return role === undefined ? null : `${administrationIn(realm)}/${role.name}`;
  }

  /** A sub-group gives the roles of the groups above it, which only a look by path shows. */
  async #groupRole(who: UserRef): Promise<string | null> {
    const joined = await this.#groups(who);
    const own = joined.map((group) => roleGivenBy(group, who.realm)).find((role) => role !== null);
    if (own !== undefined) {
      return own;
    }
    for (const path of new Set(joined.flatMap(({ path }) => above(path)))) {
      const group = await this.#groupAt(who.realm, path);
      const role = group === null ? null : roleGivenBy(group, who.realm);
      if (role !== null) {
        return role;
      }
    }
    return null;
  }

  #groups({ realm, userId }: UserRef): Promise<Group[]> {
    const path = `users/${encodeURIComponent(userId)}/groups`;
    return this.#client(realm).get('groups of a user', path, z.array(group), { briefRepresentation: 'false' });
  }

  async #groupAt(realm: string, path: string): Promise<Group | null> {
    const encoded = path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
    try {
      return await this.#client(realm).get('look up group', `group-by-path/${encoded}`, group);
    } catch (error) {
      if (isServiceError(error, 'GROUP_MISSING')) {
        return null; // a group's name has a slash, so the text before it is no path
      }
      throw error;
    }
  }

  /** UUID of the client whose roles administer the realm; `null` where it must not be seen. */
  async #administrationOf(realm: string): Promise<string | null> {
    const known = this.#administration.get(realm);
    if (known !== undefined && known.until > Date.now()) {
      return known.uuid;
    }
    const uuid = await this.#lookUpAdministration(realm);
    if (uuid === null && known === undefined) {
      this.#log?.info(
        { realm },
        'administrative roles that were given to people directly cannot be seen without view-clients, which "vestibule setup --see-administrators" grants; docs/security.md says what it costs',
      );
    }
    this.#administration.set(realm, { uuid, until: Date.now() + ttlMs });
    return uuid;
  }

  async #lookUpAdministration(realm: string): Promise<string | null> {
    try {
      const query = { clientId: administrationIn(realm) };
      const [client] = await this.#client(realm).get('look up client', 'clients', z.array(withId), query);
      return client?.id ?? null;
    } catch (error) {
      if (isServiceError(error, 'KEYCLOAK_FORBIDDEN')) {
        return null;
      }
      throw error;
    }
  }
}

function administrationIn(realm: string): string {
  return realm === masterRealm ? 'master-realm' : 'realm-management';
}

/** In the master realm each realm has a client of its own, whose roles administer that realm. */
function roleGivenBy({ realmRoles, clientRoles }: Group, realm: string): string | null {
  for (const [client, [role]] of Object.entries(clientRoles)) {
    if (role !== undefined && (realm === masterRealm ? client.endsWith('-realm') : client === 'realm-management')) {
      return `${client}/${role}`;
    }
  }
  return realm === masterRealm ? (realmRoles.find((role) => masterRoles.includes(role)) ?? null) : null;
}

/** `/a/b/c` lies below `/a/b` and `/a`. */
function above(path: string): string[] {
  const names = path.split('/').filter(Boolean);
  return names.slice(1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

const named = z.array(z.object({ name: z.string() }));
const withId = z.object({ id: z.string() });
const group = z.object({
  path: z.string(),
  realmRoles: z.array(z.string()).default([]),
  clientRoles: z.record(z.string(), z.array(z.string())).default({}),
});
type Group = z.output<typeof group>;
