import type { Plan } from '../realm-state.ts';
import type { Field, FieldChange, FieldState } from './state.ts';

/** Of Keycloak's client scopes. A client id may be an address, which no scope may. */
export function fieldScope(client: string): string {
  return `fields-of-${client.replaceAll(/[^\w.-]+/g, '-')}`;
}

/** Says whose scope it is, and that it is ours. */
export function fieldScopeMark(client: string): string {
  return `Made by "vestibule setup --field": what registrations through ${client} ask for`;
}

/** @returns `null` where the text has another form. An id may have colons, an attribute has none. */
export function readField(text: string): Field | null {
  const [, client, attribute] = /^(.+):([\w.-]+)$/.exec(text) ?? [];
  return client === undefined || attribute === undefined ? null : { client, attribute };
}

/** What has to change so that these attributes are asked for. Pure. */
export function planFields(states: readonly FieldState[]): Omit<Plan, 'changes'> & { readonly changes: FieldChange[] } {
  const changes = new Map<string, FieldChange>();
  const obstacles = new Set<string>();
  for (const state of states) {
    const { client, attribute } = state;
    const scope = fieldScope(client);
    const obstacle = obstacleOf(state, scope);
    if (obstacle !== null) {
      obstacles.add(obstacle);
      continue;
    }
    if (state.scope !== 'default') {
      changes.set(scope, { kind: 'field-scope', client, scope });
    }
    if (state.profile?.askedWith.includes(scope) !== true) {
      const isNew =
        state.profile === null &&
        ![...changes.values()].some((change) => change.kind === 'field-attribute' && change.attribute === attribute);
      changes.set(`${attribute} ${scope}`, { kind: 'field-attribute', attribute, scope, isNew });
    }
  }
  return { changes: [...changes.values()], notes: [], obstacles: [...obstacles] };
}

function obstacleOf(
  { client, attribute, clientThere, scope: found, profile }: FieldState,
  scope: string,
): string | null {
  if (!clientThere) {
    return `There is no client "${client}".`;
  }
  if (found === 'foreign') {
    return `There is a client scope "${scope}" that "setup --field" did not make for "${client}": rename it.`;
  }
  if (profile === null) {
    return null;
  }
  const differs =
    profile.askedWith.length === 0
      ? 'every registration asks for it'
      : profile.requiredWith === null || !alike(profile.askedWith, profile.requiredWith)
        ? 'it is not required of the same registrations that ask for it'
        : profile.editableByUser
          ? null
          : 'the person may not write it';
  return differs === null
    ? null
    : `The user profile has the attribute "${attribute}" with other settings, and they stay: ${differs}. Change it (Realm settings > User profile), or take another name.`;
}

function alike(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((each) => right.includes(each));
}

export function describeField(change: FieldChange): string {
  return change.kind === 'field-scope'
    ? `make the client scope "${change.scope}" a default of the client "${change.client}": registrations through it ask for more`
    : change.isNew
      ? `add the attribute "${change.attribute}" to the user profile, asked for and required with the client scope "${change.scope}"; the person and administrators may write it`
      : `ask for the attribute "${change.attribute}", and require it, with the client scope "${change.scope}" too`;
}
