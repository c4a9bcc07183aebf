import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { RealmAdmin } from '../src/operate/setup/realm-admin.ts';
import { setupRealm } from '../src/operate/setup/setup-realm.ts';
import { acme, provisionAcme } from './demo/acme.ts';
import { rulesInForce } from './demo/rules-in-force.ts';
import { applications } from './demo/site/applications.ts';
import { startSite } from './demo/site/server.ts';
import { environment } from './environment.ts';
import { projectDir } from './paths.ts';
import { demoPorts } from './ports.ts';
import type { KeycloakAdminEnv } from './realm.ts';
import { startStack } from './stack.ts';
import { isOurs, readState } from './state.ts';

/**
 * The service from its source, on the local stack. A changed file of src/ or workers/ restarts it; changed rules need no
 * restart. The stack stays up afterwards, so that the next start takes seconds.
 */
const env = await stackEnvironment();
const siteUrl = `http://127.0.0.1:${demoPorts.site}`;
const opsUrl = `http://127.0.0.1:${demoPorts.ops}`;
const rulesDir = join(projectDir, 'rules');
const secret = await secretOfRealm();
const keycloakUrl = env['KEYCLOAK_URL'] ?? '';
const inboxUrl = env['MAIL_INBOX_URL'] ?? '';
const site = await startSite({
  port: demoPorts.site,
  keycloakUrl,
  realm: acme,
  inboxUrl,
  applications,
  rules: () => rulesInForce(rulesDir, opsUrl),
  service: null,
  chapters: [],
  sights: [
    { title: 'Inbox', about: 'Every mail that was sent, to people and to approvers.', at: { url: inboxUrl } },
    { title: 'Queues', about: 'What Vestibule has to do still.', at: { url: `${opsUrl}/queues` } },
  ],
});
console.log(`· Applications at ${site.url}; Ctrl-C ends the service, "npm run stack -- down" the stack`);

// A group of its own: the terminal's Ctrl-C reaches this process alone, which asks the service once.
const watcher = spawn(
  process.execPath,
  [join(projectDir, 'node_modules/tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', 'stack/run-from-source.ts'],
  {
    cwd: projectDir,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: {
      ...process.env,
      ...env,
      KEYCLOAK_CLIENT_SECRET: secret,
      // The same at each start, so that links in mail stay valid.
      LINK_KEYS: `dev:${Buffer.alloc(32, 'development only').toString('base64')}`,
      PUBLIC_URL: `http://127.0.0.1:${demoPorts.pages}`,
      HTTP_PORT: String(demoPorts.pages),
      OPS_PORT: String(demoPorts.ops),
      RULES_DIR: rulesDir,
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => watcher.kill('SIGTERM'));
}
watcher.once('exit', () => {
  void site.stop().finally(() => process.exit(0));
});

async function stackEnvironment(): Promise<Record<string, string>> {
  const state = await readState('default');
  if (state !== null && (await Promise.all(state.servers.map(isOurs))).every(Boolean)) {
    return environment(state.ports);
  }
  const stack = await startStack({
    name: 'default',
    detached: true,
    usualPorts: true,
    onProgress: (line) => console.log(`· ${line}`),
  });
  return stack.env;
}

/** Of a realm that an earlier start made, or of a new one. */
async function secretOfRealm(): Promise<string> {
  const admin = env as unknown as KeycloakAdminEnv;
  const login = {
    url: admin.KEYCLOAK_URL,
    user: admin.KEYCLOAK_ADMIN_USER,
    password: admin.KEYCLOAK_ADMIN_PASSWORD,
  };
  const { api } = await RealmAdmin.login(login, acme);
  const there = (await api.realms.findOne({ realm: acme })) ?? null;
  return there === null
    ? (await provisionAcme(admin, siteUrl)).secret
    : (await setupRealm(login, acme, { door: true })).secret;
}
