import { judgeGateAction } from './check-door.ts';
import { type Fault, error, warning } from './fault.ts';
import { didYouMean } from '../../platform/did-you-mean.ts';
import { isGlob } from '../../platform/glob.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { ClientFacts, ProfileFacts, RequiredActionFacts } from './realm-facts.ts';

export function judgeClient(realm: string, clientId: string, clients: readonly ClientFacts[]): Fault | null {
  const ids = clients.map(({ clientId }) => clientId);
  return isGlob(clientId) || ids.includes(clientId)
    ? null
    : error(`realm ${realm} has no client ${clientId}`, didYouMean(clientId, ids) || 'make it, or correct the name');
}

export function judgeGroup(
  realm: string,
  path: string,
  { exists, others }: { readonly exists: boolean; readonly others: readonly string[] },
): Fault | null {
  return exists
    ? null
    : error(`realm ${realm} has no group ${path}`, didYouMean(path, others) || 'make it, or correct the path');
}

export function judgeRole(realm: string, { client, role }: RoleRef, roles: readonly string[] | null): Fault | null {
  if (roles === null) {
    return error(`realm ${realm} has no client ${client}, so it has no role ${role}`, 'correct the name of the client');
  }
  const where = client === undefined ? `realm ${realm}` : `client ${client} of realm ${realm}`;
  return roles.includes(role)
    ? null
    : error(`${where} has no role ${role}`, didYouMean(role, roles) || 'make it, or correct the name');
}

export function judgeRequiredAction(
  realm: string,
  alias: string,
  use: 'add' | 'remove' | 'gate',
  actions: readonly RequiredActionFacts[],
): Fault | null {
  const action = actions.find((action) => action.alias === alias);
  if (use === 'gate' && action?.enabled === true) {
    return judgeGateAction(realm, action, actions);
  }
  if (action?.enabled === true || (action !== undefined && use === 'remove')) {
    return null;
  }
  if (use === 'gate') {
    const state = action === undefined ? 'does not have' : 'has disabled';
    return error(
      `"hold: gate" needs the required action ${alias}, which realm ${realm} ${state}`,
      action === undefined
        ? `install the Keycloak provider and run "vestibule setup --realm ${realm} --door"`
        : `run "vestibule setup --realm ${realm} --door", or enable it under Authentication, Required actions`,
    );
  }
  if (action !== undefined) {
    const message = `the required action ${alias} is disabled in realm ${realm}, so Keycloak passes over it`;
    return error(message, 'enable it under Authentication, Required actions');
  }
  const known = actions.map(({ alias }) => alias);
  const message = `realm ${realm} does not know the required action ${alias}`;
  const remedy = didYouMean(alias, known) || `it knows ${known.join(', ')}`;
  return use === 'remove' ? warning(message, remedy) : error(message, remedy);
}

/** Kept by Keycloak itself, and chosen by the person. */
const locale = 'locale';

export function judgeAttribute(
  realm: string,
  name: string,
  use: 'compared' | 'set' | 'shown',
  { attributes, unmanaged }: ProfileFacts,
): Fault | null {
  const managed = attributes.find((attribute) => attribute.name === name);
  const known = attributes.map(({ name }) => name);
  if (use === 'set') {
    if (managed === undefined && name !== locale && unmanaged !== 'ENABLED' && unmanaged !== 'ADMIN_EDIT') {
      return error(
        `the user profile of realm ${realm} drops the attribute ${name}`,
        didYouMean(name, known) || 'declare it there, or allow unmanaged attributes (ADMIN_EDIT)',
      );
    }
    return managed === undefined || managed.editableBy.includes('admin')
      ? null
      : error(
          `the user profile of realm ${realm} lets no administrator write the attribute ${name}, and so no service`,
          'add "admin" to its permission to edit',
        );
  }
  if (use === 'shown') {
    return managed === undefined && name !== locale && unmanaged === null
      ? warning(
          `the user profile of realm ${realm} has no attribute ${name}, so approvers never see one`,
          didYouMean(name, known) ||
            'declare it there ("vestibule setup --field CLIENT:ATTRIBUTE"), or correct the name',
        )
      : null;
  }
  if (managed === undefined && name !== locale && unmanaged === null) {
    return error(
      `the user profile of realm ${realm} has no attribute ${name}, so this never holds`,
      didYouMean(name, known) || 'declare it there, or allow unmanaged attributes',
    );
  }
  const writable =
    managed === undefined ? unmanaged === 'ENABLED' || name === locale : managed.editableBy.includes('user');
  return writable
    ? warning(
        `the person may write the attribute ${name} in realm ${realm}, so it proves nothing`,
        'take "user" from its permission to edit, or grant nothing on its ground',
      )
    : null;
}

export function judgeDisabling(realm: string, verifyEmail: boolean): Fault | null {
  return verifyEmail
    ? warning(
        `disables at once, and realm ${realm} has Verify Email on: the link that Keycloak sends the person leads nowhere while the account is disabled`,
        'hold people with "hold: gate", or leave the account enabled until the address is verified',
      )
    : null;
}

export function judgeVerification(realm: string, rule: string, verifyEmail: boolean): Fault | null {
  return verifyEmail
    ? null
    : error(
        `"${rule}" waits for a verified address, and realm ${realm} has Verify Email off: Keycloak asks nobody to verify one, so no approver is ever asked`,
        'switch it on (Realm settings, Login, Verify email), add the step "add-required-action: VERIFY_EMAIL" to the rule, or take "wait-for" out',
      );
}

export function judgeGate(realm: string, clients: readonly string[], gate: 'none' | 'passed-by'): Fault {
  const names = `${clients.slice(0, 3).join(', ')}${clients.length > 3 ? ` and ${clients.length - 3} more` : ''}`;
  return gate === 'none'
    ? warning(
        `no login gate found for ${names} in realm ${realm}: anyone who has an account, also through another client, can log in`,
        'deny access in the browser flow of each to those without the role or group that the rules give, unless the application itself asks for it',
      )
    : warning(
        `the login gate of ${names} in realm ${realm} is one of several alternatives: anyone who has a session passes it by`,
        'put the alternatives into a REQUIRED sub-flow, and the gate into a CONDITIONAL one after it',
      );
}
