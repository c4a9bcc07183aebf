import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { command } from './command.ts';
import { type Stage, stories } from './demo/people.ts';
import { startDemoService } from './demo/service.ts';
import { projectDir, stackDir } from './paths.ts';
import { freePort, isFree } from './ports.ts';
import { type KeycloakAdminEnv, provisionRealm } from './realm.ts';
import { startStack } from './stack.ts';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const startedAt = Date.now();
const say = (line: string): void => console.log(line);
const seconds = (): string => `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
const closing: (() => Promise<void>)[] = [];
const stopped = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
});

try {
  const failed = await Promise.race([demo(), stopped.then(() => null)]);
  process.exitCode = failed === null ? 130 : failed;
} catch (error) {
  console.error(`\nThe demo ended early: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const close of closing.toReversed()) {
    await close().catch((error: unknown) => console.error(error));
  }
}
process.exit();

/** @returns how many people ended otherwise than their rule says */
async function demo(): Promise<number> {
  say('· Vestibule: building');
  await command(process.execPath, [join(projectDir, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: projectDir,
  });
  const stack = await startStack({
    name: 'demo',
    detached: false,
    usualPorts: true,
    fresh: true,
    onProgress: (line) => say(`· ${line}`),
  });
  closing.push(() => stack.stop());

  say('· Realm acme: preparing');
  const { secret, admin } = await provisionRealm(stack.env as unknown as KeycloakAdminEnv, {
    realm: 'acme',
    displayName: 'ACME',
    clients: [
      { clientId: 'blog', name: 'ACME Blog' },
      { clientId: 'shop', name: 'ACME Shop' },
      { clientId: 'partner-portal', name: 'Partner Portal', roles: ['member'] },
      { clientId: 'staff-tool', name: 'Staff Tool' },
    ],
    groups: ['/readers', '/customers', '/partners', '/staff'],
  });
  const port = async (usual: number): Promise<number> => ((await isFree(usual)) ? usual : freePort());
  const [http, ops] = [await port(8090), await port(9464)];
  const opsUrl = `http://127.0.0.1:${ops}`;
  const logFile = join(stackDir('demo'), 'logs', 'vestibule.log');
  const service = await startDemoService(
    {
      ...stack.env,
      KEYCLOAK_CLIENT_SECRET: secret,
      LINK_KEYS: `demo:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: `http://127.0.0.1:${http}`,
      HTTP_PORT: String(http),
      OPS_PORT: String(ops),
      RULES_DIR: join(projectDir, 'rules'),
    },
    opsUrl,
    logFile,
  );
  closing.push(() => service.stop());
  say(`· Vestibule: open after ${seconds()}`);

  const { KEYCLOAK_URL: keycloakUrl = '', MAIL_INBOX_URL: inboxUrl = '' } = stack.env;
  const failed = await play({ keycloakUrl, inboxUrl, realm: 'acme', admin, say });
  say(
    `\n${stories.length - failed} of ${stories.length} people ended as their rule says, ${seconds()} after the start.`,
  );
  if (values.once || failed > 0) {
    return failed > 0 ? 1 : 0;
  }
  const form = (client: string): string =>
    `${keycloakUrl}/realms/acme/protocol/openid-connect/auth?client_id=${client}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&response_type=code&scope=openid&prompt=create`;
  say(`
Register yourself     ${form('partner-portal')}
  or for the blog     ${form('blog')}
  or for the shop     ${form('shop')}
  or the staff tool   ${form('staff-tool')}
Read the mail         ${inboxUrl}
See the queues        ${opsUrl}/queues
Keycloak              ${keycloakUrl}/admin/acme/console (admin / admin)
The log               ${logFile}

After the form, the browser goes to an application that is not there: that is the end of the form, all went well.
Ctrl-C ends the demo and everything it started.`);
  const code = await service.ended;
  throw new Error(`Vestibule ended with exit code ${code}; its log ${logFile} says why`);
}

async function play(stage: Stage): Promise<number> {
  let failed = 0;
  for (const story of stories) {
    try {
      await story(stage);
    } catch (error) {
      failed += 1;
      stage.say(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}
