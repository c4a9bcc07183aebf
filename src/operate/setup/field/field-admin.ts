import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../../platform/errors.ts';
import { fieldScope, fieldScopeMark } from './plan.ts';
import type { Field, FieldChange, FieldState } from './state.ts';

export async function fieldStates(api: KeycloakAdminClient, fields: readonly Field[]): Promise<FieldState[]> {
  const [scopes, { attributes = [] }] = await Promise.all([api.clientScopes.find(), api.users.getProfile()]);
  return Promise.all(
    fields.map(async ({ client, attribute }) => {
      const name = fieldScope(client);
      const scope = scopes.find((each) => each.name === name);
      const found = await clientNamed(api, client);
      const profile = attributes.find((each) => each.name === attribute);
      return {
        client,
        attribute,
        clientThere: found !== undefined,
        scope:
          scope === undefined
            ? 'none'
            : scope.description !== fieldScopeMark(client)
              ? 'foreign'
              : found?.defaultClientScopes?.includes(name) === true
                ? 'default'
                : 'there',
        profile:
          profile === undefined
            ? null
            : {
                askedWith: profile.selector?.scopes ?? [],
                requiredWith: (profile.required?.roles ?? []).length > 0 ? null : (profile.required?.scopes ?? null),
                editableByUser: profile.permissions?.edit?.includes('user') === true,
              },
      } satisfies FieldState;
    }),
  );
}

/** Safe to repeat. */
export async function applyField(api: KeycloakAdminClient, change: FieldChange): Promise<void> {
  return change.kind === 'field-scope' ? makeDefault(api, change) : askFor(api, change);
}

async function makeDefault(
  api: KeycloakAdminClient,
  { client, scope }: Extract<FieldChange, { kind: 'field-scope' }>,
): Promise<void> {
  const found = await clientNamed(api, client);
  const named = async () => (await api.clientScopes.find()).find(({ name }) => name === scope);
  if ((await named()) === undefined) {
    await api.clientScopes.create({
      name: scope,
      description: fieldScopeMark(client),
      protocol: found?.protocol ?? 'openid-connect',
      // It says what to ask for, and has no place on a consent screen or in a token.
      attributes: { 'display.on.consent.screen': 'false', 'include.in.token.scope': 'false' },
    });
  }
  const made = await named();
  if (found?.id === undefined || made?.id === undefined) {
    throw new ServiceError('KEYCLOAK_REFUSED', `the client scope "${scope}" could not be given to "${client}"`);
  }
  await api.clients.addDefaultClientScope({ id: found.id, clientScopeId: made.id });
}

async function askFor(
  api: KeycloakAdminClient,
  { attribute: name, scope }: Extract<FieldChange, { kind: 'field-attribute' }>,
): Promise<void> {
  const profile = await api.users.getProfile();
  const { attributes = [] } = profile;
  const found = attributes.find((each) => each.name === name);
  const scopes = [...new Set([...(found?.selector?.scopes ?? []), scope])];
  // Without roles: those would require it of everybody, whatever the scope.
  const asked = {
    displayName: labelOf(name),
    permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] },
    validations: { length: { max: 255 } },
    ...found,
    name,
    selector: { scopes },
    required: { scopes },
  };
  const changed =
    found === undefined ? [...attributes, asked] : attributes.map((each) => (each === found ? asked : each));
  await api.users.updateProfile({ ...profile, attributes: changed });
}

async function clientNamed({ clients }: KeycloakAdminClient, clientId: string) {
  return (await clients.find({ clientId })).find((each) => each.clientId === clientId);
}

/** `company_name` → `Company name`: an operator may change it. */
function labelOf(attribute: string): string {
  const words = attribute.replaceAll(/[._-]+/g, ' ').trim();
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
