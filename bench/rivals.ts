import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { projectDir } from '../stack/paths.ts';
import { stackEnv, type TestRealm } from '../test/stack/support/realm.ts';

/** A workflow has no condition on the client: it closes its realm to everybody who is new. */
export async function defineWorkflow({ realm, admin }: TestRealm): Promise<void> {
  const answer = await fetch(`${stackEnv.KEYCLOAK_URL}/admin/realms/${realm}/workflows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await admin.getAccessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'closed', on: 'user-created', steps: [{ uses: 'disable-user' }] }),
  });
  if (!answer.ok) {
    throw new Error(`Keycloak takes no workflow: ${answer.status} ${await answer.text()}`);
  }
}

/** The script behind a Kafka listener, which disables whoever registers through one client. */
export async function startScript({ realm, secret }: TestRealm, client: string): Promise<ChildProcess> {
  const env = { ...process.env, REALM: realm, CLIENT: client, SECRET: secret };
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectDir, 'bench', 'script.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve) => createInterface({ input: child.stdout }).once('line', () => resolve()));
  return child;
}
