import { Agent } from 'undici';
import { z } from 'zod';

import { isServiceError } from '../../platform/errors.ts';
import { loginFlow, waysIn } from './flow-probe.ts';
import { givenToAll } from './given-to-all.ts';
import { headersLookedFor } from './listener-probe.ts';
import { ifAllowed } from './if-allowed.ts';
import type { ClientFacts, RealmProbe, Visible } from './realm-facts.ts';
import { perRealm } from '../../adapters/keycloak/per-realm.ts';
import { RealmClient } from '../../adapters/keycloak/realm-client.ts';
import type { Login } from '../../adapters/keycloak/tokens.ts';

export interface RealmProbeOptions {
  readonly url: string;
  readonly loginTo: (realm: string) => Login;
  readonly timeoutMs: number;
}

const pageSize = 200;

const realmSettings = z.object({ verifyEmail: z.boolean().optional() });
const realmNames = z.array(z.object({ realm: z.string() }));
const clientPage = z.array(
  z.object({
    id: z.string(),
    clientId: z.string(),
    enabled: z.boolean().default(true),
    bearerOnly: z.boolean().default(false),
    standardFlowEnabled: z.boolean().default(true),
    implicitFlowEnabled: z.boolean().default(false),
    authenticationFlowBindingOverrides: z.record(z.string(), z.string()).default({}),
  }),
);
const groups = z.array(z.object({ path: z.string() }));
const group = z.object({ id: z.string() });
const roleNames = z.array(z.object({ name: z.string() }));
const givableRoles = z.array(z.object({ role: z.string(), client: z.string() }));
const requiredActions = z.array(
  z
    .object({
      alias: z.string(),
      enabled: z.boolean().default(false),
      defaultAction: z.boolean().default(false),
      priority: z.number().default(0),
    })
    .transform(({ defaultAction, ...action }) => ({ ...action, byDefault: defaultAction })),
);
const profile = z.object({
  attributes: z
    .array(
      z.object({
        name: z.string(),
        permissions: z.object({ edit: z.array(z.string()).default([]) }).optional(),
      }),
    )
    .default([]),
  unmanagedAttributePolicy: z.enum(['ENABLED', 'ADMIN_VIEW', 'ADMIN_EDIT']).optional(),
});
/** What rules name, looked up for `check --live`: never by the service, which may not see most of it. */
export class KeycloakRealmProbe implements RealmProbe {
  readonly #dispatcher: Agent;
  readonly #client: (realm: string) => RealmClient;
  readonly #uuids = new Map<string, string>();

  constructor({ url, loginTo, timeoutMs }: RealmProbeOptions) {
    const dispatcher = new Agent({ connections: 4, pipelining: 1 });
    this.#dispatcher = dispatcher;
    this.#client = perRealm((realm) => new RealmClient({ url, realm, login: loginTo(realm), dispatcher, timeoutMs }));
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** Without the right, Keycloak answers with less rather than not at all. */
  async verifyEmail(realm: string): Promise<Visible<boolean>> {
    const { verifyEmail } = await this.#settings(realm);
    return verifyEmail ?? { lacks: 'view-realm' };
  }

  clients(realm: string): Promise<Visible<readonly ClientFacts[]>> {
    return ifAllowed('view-clients', async () => {
      const all = await this.#pages('list clients', realm, 'clients', clientPage);
      for (const { id, clientId } of all) {
        this.#uuids.set(JSON.stringify([realm, clientId]), id);
      }
      return all.map((client) => ({
        clientId: client.clientId,
        enabled: client.enabled,
        browserLogin: !client.bearerOnly && (client.standardFlowEnabled || client.implicitFlowEnabled),
        ownFlow: client.authenticationFlowBindingOverrides['browser'] || null,
      }));
    });
  }

  group(realm: string, path: string): Promise<Visible<{ exists: boolean; others: readonly string[] }>> {
    return ifAllowed('view-users', async () => {
      const parts = path.split('/').filter(Boolean);
      if ((await this.#groupId(realm, parts)) !== null) {
        return { exists: true, others: [] };
      }
      // Beside it, as far down as its path leads.
      for (let depth = parts.length - 1; depth > 0; depth--) {
        const id = await this.#groupId(realm, parts.slice(0, depth));
        if (id !== null) {
          const children = await this.#pages('list groups', realm, `groups/${id}/children`, groups);
          return { exists: false, others: children.map(({ path }) => path) };
        }
      }
      const top = await this.#pages('list groups', realm, 'groups', groups);
      return { exists: false, others: top.map(({ path }) => path) };
    });
  }

  /** Without the right to view them, those that may be given: all that the service needs of roles. */
  async roles(realm: string, clientId?: string): Promise<Visible<readonly string[] | null>> {
    if (clientId === undefined) {
      const seen = await ifAllowed('view-realm', () => this.#pages('list roles', realm, 'roles', roleNames));
      const roles = 'lacks' in seen ? await this.#givableRealmRoles(realm) : seen;
      return 'lacks' in roles ? roles : roles.map(({ name }) => name);
    }
    const clients = await this.clients(realm);
    if ('lacks' in clients) {
      return this.#givableClientRoles(realm, clientId);
    }
    const uuid = this.#uuids.get(JSON.stringify([realm, clientId]));
    if (uuid === undefined) {
      return null;
    }
    const roles = await this.#pages('list roles', realm, `clients/${uuid}/roles`, roleNames);
    return roles.map(({ name }) => name);
  }

  requiredActions(realm: string) {
    return ifAllowed('view-realm', () =>
      this.#client(realm).get('list required actions', 'authentication/required-actions', requiredActions),
    );
  }

  profile(realm: string) {
    return ifAllowed('view-realm', async () => {
      const { attributes, unmanagedAttributePolicy } = await this.#client(realm).get(
        'read user profile',
        'users/profile',
        profile,
      );
      return {
        attributes: attributes.map(({ name, permissions }) => ({ name, editableBy: permissions?.edit ?? [] })),
        unmanaged: unmanagedAttributePolicy ?? null,
      };
    });
  }

  loginFlow(realm: string, client: ClientFacts) {
    return loginFlow(this.#client(realm), client);
  }

  waysIn(realm: string) {
    return waysIn(this.#client(realm));
  }

  headersLookedFor(realm: string) {
    return headersLookedFor(this.#client(realm));
  }

  givenToAll(realm: string) {
    return givenToAll(this.#client(realm));
  }

  /** Those that the login may see; a hint, so none where it may not. */
  async realms(): Promise<readonly string[]> {
    try {
      const seen = await this.#client('master').get('list realms', '..', realmNames, { briefRepresentation: 'true' });
      return seen.map(({ realm }) => realm);
    } catch (error) {
      if (isServiceError(error)) {
        return [];
      }
      throw error;
    }
  }

  #settings(realm: string) {
    return this.#client(realm).get('read realm', '', realmSettings);
  }

  async #groupId(realm: string, parts: readonly string[]): Promise<string | null> {
    try {
      const path = parts.map(encodeURIComponent).join('/');
      return (await this.#client(realm).get('look up group', `group-by-path/${path}`, group)).id;
    } catch (error) {
      if (isServiceError(error, 'GROUP_MISSING')) {
        return null;
      }
      throw error;
    }
  }

  #givableRealmRoles(realm: string) {
    return ifAllowed('view-realm', async () => {
      const client = this.#client(realm);
      const path = `users/${await client.ownUserId()}/role-mappings/realm/available`;
      return client.get('list roles', path, roleNames);
    });
  }

  #givableClientRoles(realm: string, clientId: string) {
    return ifAllowed('view-clients', async () => {
      const self = await this.#client(realm).ownUserId();
      const roles = await this.#pages('list roles', realm, `ui-ext/available-roles/users/${self}`, givableRoles);
      return roles.filter(({ client }) => client === clientId).map(({ role }) => role);
    });
  }

  async #pages<T>(name: string, realm: string, path: string, shape: z.ZodType<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (;;) {
      const query = { first: String(all.length), max: String(pageSize) };
      const page = await this.#client(realm).get(name, path, shape, query);
      all.push(...page);
      if (page.length < pageSize) {
        return all;
      }
    }
  }
}
