import { z } from 'zod';

import { ServiceError } from '../../errors.ts';
import type { Who } from '../../registration/registration.ts';
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

/** From names in rule files to Keycloak's ids, with `manage-users` alone. */
export class Lookups {
  readonly #client: RealmClient;
  readonly #known = new Map<string, { value: unknown; until: number }>();

  constructor(client: RealmClient) {
    this.#client = client;
  }

  /** @throws ServiceError GROUP_MISSING */
  async groupId(path: string): Promise<string> {
    return this.#cached(`group ${path}`, async () => {
      // Slashes stay: they part the path. (The admin client's URL template would encode them, which Keycloak does not take.)
      const encoded = path.split('/').filter(Boolean).map(encodeURIComponent).join('/');
      const found = await this.#client.get(`group ${path}`, `group-by-path/${encoded}`, groupReply);
      const { id } = found ?? {};
      if (id === undefined) {
        throw new ServiceError('GROUP_MISSING', `realm ${this.#client.realm} has no group ${path}`, { group: path });
      }
      return id;
    });
  }

  forgetGroup(path: string): void {
    this.#known.delete(`group ${path}`);
  }

  /**
   * A role that may be granted to the user. `view-clients` would be needed to look a client up by its name; what may be
   * mapped to a user can be listed with `manage-users`.
   * @throws ServiceError ROLE_MISSING
   */
  async grantableRole({ realm, userId }: Who, ref: RoleRef): Promise<MappableRole> {
    return this.#cached(`role ${ref.client ?? ''} ${ref.role}`, async () => {
      const role = ref.client === undefined ? await this.#realmRole(userId, ref.role) : await this.#clientRole(userId, ref.client, ref.role);
      if (role === undefined) {
        const where = ref.client === undefined ? `realm ${realm}` : `client ${ref.client}`;
        throw new ServiceError('ROLE_MISSING', `${where} has no role ${ref.role} that may be granted`, { ...ref });
      }
      return role;
    });
  }

  async #realmRole(id: string, name: string): Promise<MappableRole | undefined> {
    const roles = await this.#client.call('available realm roles', (admin) => admin.users.listAvailableRealmRoleMappings({ id }));
    const role = roles.find((role) => role.name === name);
    return role?.id === undefined ? undefined : { id: role.id, name, clientUuid: null };
  }

  async #clientRole(userId: string, client: string, name: string): Promise<MappableRole | undefined> {
    const path = `ui-ext/available-roles/users/${userId}?first=0&max=100&search=${encodeURIComponent(name)}`;
    const roles = (await this.#client.get('available client roles', path, roleReply)) ?? [];
    const role = roles.find((role) => role.role === name && role.client === client);
    return role === undefined ? undefined : { id: role.id, name, clientUuid: role.clientId };
  }

  async #cached<T>(key: string, look: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined && known.until > Date.now()) {
      return known.value as T;
    }
    const value = await look();
    this.#known.set(key, { value, until: Date.now() + ttlMs });
    return value;
  }
}

const groupReply = z.object({ id: z.string() });

/** The admin console's own list: `clientId` is the client's UUID, `client` its name. */
const roleReply = z.array(z.object({ id: z.string(), role: z.string(), client: z.string(), clientId: z.string() }));
