import { ServiceError } from '../../platform/errors.ts';
import { doorState } from './door/flow-admin.ts';
import { planRemoval } from './door/plan.ts';
import { countWaiting } from './door/waiting.ts';
import { fieldStates } from './field/field-admin.ts';
import type { Field } from './field/state.ts';
import { planSetup } from './plan.ts';
import { tookDefault } from './gate.ts';
import type { Plan } from './realm-state.ts';
import type { AdminLogin } from './admin-login.ts';
import { RealmAdmin } from './realm-admin.ts';

export interface SetupOptions {
  readonly prune?: boolean;
  /** Rules ask holders of a role for approval: reading who holds one takes `view-realm`. */
  readonly roleApprovers?: boolean;
  /** The same for roles of clients: that takes `view-clients`. */
  readonly clientRoleApprovers?: boolean;
  readonly seeAdministrators?: boolean;
  /** Clients whose new users are held at the provider's gate. */
  readonly gates?: readonly string[];
  /** Puts the door and the gate into every flow by which people get an account. */
  readonly door?: boolean;
  /** Attributes that registrations through a client are to ask for. */
  readonly fields?: readonly Field[];
}

/** Looks at the realm, and plans. */
export async function setupPlan(admin: RealmAdmin, options: SetupOptions): Promise<Plan> {
  const {
    prune = false,
    roleApprovers = false,
    clientRoleApprovers = false,
    seeAdministrators = false,
    gates = [],
    door = false,
    fields = [],
  } = options;
  return planSetup(await admin.state(gates), {
    prune,
    roleApprovers,
    clientRoleApprovers,
    seeAdministrators,
    gates,
    door: door ? await doorState(admin.api, admin.realm) : null,
    fields: fields.length === 0 ? [] : await fieldStates(admin.api, fields),
  });
}

/** @param whilePeopleWait do not look for people at the gate */
export async function removalPlan(admin: RealmAdmin, whilePeopleWait: boolean): Promise<Plan> {
  const state = await doorState(admin.api, admin.realm);
  const looks = !whilePeopleWait && state.flows.some(({ madeFrom }) => madeFrom !== null);
  const actions = await admin.api.authenticationManagement.getRequiredActions();
  return planRemoval(state, looks ? await countWaiting(admin.api) : 0, tookDefault(actions));
}

/** Prepares a realm without asking; for programs. The second time there is nothing to change. */
export async function setupRealm(
  login: AdminLogin,
  realm: string,
  options: SetupOptions = {},
): Promise<Plan & { readonly secret: string }> {
  const admin = await RealmAdmin.login(login, realm);
  const plan = await setupPlan(admin, options);
  if (plan.obstacles.length > 0) {
    throw new ServiceError('KEYCLOAK_REFUSED', `realm ${realm} cannot be prepared: ${plan.obstacles.join(' ')}`);
  }
  for (const change of plan.changes) {
    await admin.apply(change);
  }
  return { ...plan, secret: await admin.secret() };
}
