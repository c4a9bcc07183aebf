import { z } from 'zod';

import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { RealmClient } from './realm-client.ts';

/** A role as role mappings want it, with the UUID of its client. */
export interface MappableRole {
  readonly id: string;
  readonly name: string;
  readonly clientUuid: string | null;
}

/** A renamed group or role is noticed after this at the latest. */
const ttlMs = 60_000;
const pageSize = 100;

/**
 * From names in rule files to Keycloak's ids, with `manage-users` alone.
 *
 * With that right, roles cannot be looked up by name (403), and the client roles of a user read as an empty list. But
 * the roles that may be given to a user can be listed. So the service account asks which roles may be given to itself.
 * It has no role of any application. Its own administrative roles are not on that list, and no rule should give those.
 */
export class Lookups {
  readonly #client: RealmClient;
  readonly #known = new Map<string, { value: unknown; until: number }>();

  constructor(client: RealmClient) {
    this.#client = client;
  }

  /** @throws ServiceError GROUP_MISSING */
  async withGroup<T>(path: string, act: (id: string) => Promise<T>): Promise<T> {
    return this.#using(`group ${path}`, 'GROUP_MISSING', () => this.#group(path), act);
  }

  /** @throws ServiceError ROLE_MISSING */
  async withRole<T>(ref: RoleRef, act: (role: MappableRole) => Promise<T>): Promise<T> {
    const look = async (): Promise<MappableRole> => {
      const self = await this.#client.ownUserId();
      const role =
        ref.client === undefined
          ? await this.#realmRole(self, ref.role)
          : await this.#clientRole(self, ref.client, ref.role);
      if (role === undefined) {
        const where = ref.client === undefined ? `realm ${this.#client.realm}` : `client ${ref.client}`;
        throw new ServiceError('ROLE_MISSING', `${where} has no role ${ref.role} that may be given`, { ...ref });
      }
      return role;
    };
    return this.#using(`role ${ref.client ?? ''} ${ref.role}`, 'ROLE_MISSING', look, act);
  }

  /** Whether a user has a role. The list of roles that may be given leaves out those that the user has. */
  async holds(userId: string, ref: RoleRef): Promise<boolean> {
    const id = encodeURIComponent(userId);
    try {
      return await this.withRole(ref, async () => {
        const free =
          ref.client === undefined ? this.#realmRole(id, ref.role) : this.#clientRole(id, ref.client, ref.role);
        return (await free) === undefined;
      });
    } catch (error) {
      if (isServiceError(error, 'ROLE_MISSING')) {
        return false;
      }
      throw error;
    }
  }

  async #group(path: string): Promise<string> {
    // Slashes stay, because they separate the groups. The admin client's URL template would encode them; Keycloak
    // refuses that.
    const encoded = path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
    try {
      return (await this.#client.get('look up group', `group-by-path/${encoded}`, group)).id;
    } catch (cause) {
      throw isServiceError(cause, 'GROUP_MISSING')
        ? new ServiceError('GROUP_MISSING', `realm ${this.#client.realm} has no group ${path}`, { cause, group: path })
        : cause;
    }
  }

  async #realmRole(self: string, name: string): Promise<MappableRole | undefined> {
    const roles = await this.#client.get('list roles', `users/${self}/role-mappings/realm/available`, realmRoles);
    const role = roles.find((role) => role.name === name);
    return role === undefined ? undefined : { ...role, clientUuid: null };
  }

  async #clientRole(self: string, client: string, name: string): Promise<MappableRole | undefined> {
    for (let first = 0; ; first += pageSize) {
      const query = { first: String(first), max: String(pageSize), search: name };
      const roles = await this.#client.get('list roles', `ui-ext/available-roles/users/${self}`, clientRoles, query);
      const role = roles.find((role) => role.role === name && role.client === client);
      if (role !== undefined) {
        return { id: role.id, name, clientUuid: role.clientId };
      }
      if (roles.length < pageSize) {
        return undefined;
      }
    }
  }

  /**
   * Acts with the id that is known; when that is gone, with the one a new look brings: groups and roles are made anew.
   */
  async #using<V, T>(
    key: string,
    missing: 'GROUP_MISSING' | 'ROLE_MISSING',
    look: () => Promise<V>,
    act: (value: V) => Promise<T>,
  ): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > Date.now()) {
      try {
        return await act(known.value as V);
      } catch (error) {
        this.#known.delete(key);
        if (!isServiceError(error, missing)) {
          throw error;
        }
      }
    }
    const value = await look();
    this.#known.set(key, { value, until: Date.now() + ttlMs });
    return act(value);
  }
}

const group = z.object({ id: z.string() });
const realmRoles = z.array(z.object({ id: z.string(), name: z.string() }));

/** The admin console's own list: `clientId` is the client's UUID, `client` its name. */
const clientRoles = z.array(z.object({ id: z.string(), role: z.string(), client: z.string(), clientId: z.string() }));
