import { ServiceError } from '../../platform/errors.ts';
import { planSetup } from './plan.ts';
import type { Plan } from './realm-state.ts';
import { type AdminLogin, RealmAdmin } from './realm-admin.ts';

export interface SetupOptions {
  readonly prune?: boolean;
  /** Rules ask holders of a role for approval: reading who holds one takes `view-realm`. */
  readonly roleApprovers?: boolean;
  /** Clients whose new users are held at the provider's gate. */
  readonly gates?: readonly string[];
}

/** Prepares a realm without asking; for programs. The second time there is nothing to change. */
export async function setupRealm(
  login: AdminLogin,
  realm: string,
  { prune = false, roleApprovers = false, gates = [] }: SetupOptions = {},
): Promise<Plan & { readonly secret: string }> {
  const admin = await RealmAdmin.login(login, realm);
  const plan = planSetup(await admin.state(gates), { prune, roleApprovers, gates });
  if (plan.obstacles.length > 0) {
    throw new ServiceError('KEYCLOAK_REFUSED', `realm ${realm} cannot be prepared: ${plan.obstacles.join(' ')}`);
  }
  for (const change of plan.changes) {
    await admin.apply(change);
  }
  return { ...plan, secret: await admin.secret() };
}
