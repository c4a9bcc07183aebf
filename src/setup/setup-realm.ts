import { type Plan, planSetup } from './plan.ts';
import { type AdminLogin, RealmAdmin } from './realm-admin.ts';

export interface SetupOptions {
  readonly prune?: boolean;
  /** Rules ask holders of a role for approval: reading who holds one takes `view-realm`. */
  readonly roleApprovers?: boolean;
}

/** Prepares a realm without asking; for programs. The second time there is nothing to change. */
export async function setupRealm(
  login: AdminLogin,
  realm: string,
  { prune = false, roleApprovers = false }: SetupOptions = {},
): Promise<Plan & { readonly secret: string }> {
  const admin = await RealmAdmin.login(login, realm);
  const plan = planSetup(await admin.state(), { prune, roleApprovers });
  for (const change of plan.changes) {
    await admin.apply(change);
  }
  return { ...plan, secret: await admin.secret() };
}
