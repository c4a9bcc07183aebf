import type { RoleRef } from './model.ts';

/** Something of Keycloak's that a condition or a step names: `check --live` looks whether it is there. */
export type KeycloakRef =
  | { readonly kind: 'group'; readonly path: string }
  | { readonly kind: 'role'; readonly role: RoleRef }
  | { readonly kind: 'required-action'; readonly alias: string; readonly use: 'add' | 'remove' | 'gate' }
  | { readonly kind: 'attribute'; readonly name: string; readonly use: 'compared' | 'set' | 'shown' }
  /** In lower case. */
  | { readonly kind: 'request-header'; readonly names: readonly string[] };
