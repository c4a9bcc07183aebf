import { z } from 'zod';

import type { RealmClient } from '../../adapters/keycloak/realm-client.ts';
import type { RoleRef } from '../../rules/model.ts';
import { ifAllowed } from './if-allowed.ts';
import type { GivenToAll, Visible } from './realm-facts.ts';

/** Absent without the right: Keycloak answers with less rather than not at all. */
const realmDefault = z.object({ defaultRole: z.object({ id: z.string() }).optional() });
const defaultGroups = z.array(z.object({ id: z.string(), path: z.string() }));
const role = z.object({
  id: z.string(),
  name: z.string(),
  composite: z.boolean().default(false),
  clientRole: z.boolean().default(false),
  containerId: z.string().optional(),
});
const groupRoles = z.object({
  realmMappings: z.array(role).default([]),
  clientMappings: z.record(z.string(), z.object({ mappings: z.array(role).default([]) })).default({}),
});
const clientName = z.object({ clientId: z.string() });

type Role = z.output<typeof role>;

/** The groups and roles that Keycloak gives every new user, with the roles that come with these. */
export function givenToAll(client: RealmClient): Promise<Visible<GivenToAll>> {
  return ifAllowed('view-realm', async () => {
    const { defaultRole } = await client.get('read realm', '', realmDefault);
    if (defaultRole === undefined) {
      return { lacks: 'view-realm' as const };
    }
    const groups = await client.get('list default groups', 'default-groups', defaultGroups);
    const direct = await Promise.all(groups.map(({ id }) => rolesOfGroup(client, id)));
    const seen = new Map<string, Role>();
    await addRoles(client, [...direct.flat(), ...(await insideOf(client, defaultRole.id))], seen);
    return {
      groups: groups.map(({ path }) => path),
      roles: await Promise.all([...seen.values()].map((each) => named(client, each))),
    };
  });
}

async function addRoles(client: RealmClient, roles: readonly Role[], seen: Map<string, Role>): Promise<void> {
  for (const each of roles.filter(({ id }) => !seen.has(id))) {
    seen.set(each.id, each);
    if (each.composite) {
      await addRoles(client, await insideOf(client, each.id), seen);
    }
  }
}

function insideOf(client: RealmClient, id: string): Promise<readonly Role[]> {
  return client.get('list roles', `roles-by-id/${id}/composites`, z.array(role));
}

async function rolesOfGroup(client: RealmClient, id: string): Promise<readonly Role[]> {
  const mapped = await client.get('list roles of a group', `groups/${id}/role-mappings`, groupRoles);
  return [...mapped.realmMappings, ...Object.values(mapped.clientMappings).flatMap(({ mappings }) => mappings)];
}

async function named(client: RealmClient, { name, clientRole, containerId = '' }: Role): Promise<RoleRef> {
  return clientRole
    ? { client: (await client.get('read client', `clients/${containerId}`, clientName)).clientId, role: name }
    : { role: name };
}
