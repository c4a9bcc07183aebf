import { createRealm, stackEnv, type TestRealm } from '../test/stack/support/realm.ts';

/** A realm for measuring in: with Keycloak's own password hash, not the tests' cheap one. */
export async function benchRealm(plan: Parameters<typeof createRealm>[0]): Promise<TestRealm> {
  const made = await createRealm(plan);
  await made.admin.realms.update({ realm: made.realm }, { passwordPolicy: '' });
  return made;
}

/** Ends the program where no stack runs. */
export function requireStack(usage: string): void {
  if (stackEnv.KEYCLOAK_URL === undefined) {
    console.error(`${usage}\nIt needs a running stack: npm run stack -- up && eval "$(npm run -s stack -- env)"`);
    process.exit(2);
  }
}
