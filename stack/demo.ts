import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { command } from './command.ts';
import { acme, provisionAcme } from './demo/acme.ts';
import { Diary } from './demo/diary.ts';
import { untilRulesAreAtTheDoor } from './demo/door.ts';
import { rulesInForce } from './demo/rules-in-force.ts';
import { DemoService } from './demo/service.ts';
import { settingsFileName, writeSettingsFile } from './demo/settings-file.ts';
import { applications } from './demo/site/applications.ts';
import { startSite } from './demo/site/server.ts';
import type { Stage } from './demo/stage.ts';
import { stories } from './demo/stories.ts';
import { projectDir, stackDir } from './paths.ts';
import { demoPorts, freePort, isFree } from './ports.ts';
import type { KeycloakAdminEnv } from './realm.ts';
import { startStack } from './stack.ts';

const usage = `npm run demo [-- --once]

  Starts Keycloak, Kafka, Redis, a mail server and Vestibule; seven people register, and then you do.
  --once  ends after the seven people; exit code 0 only if everybody ended as their rule says`;

const values = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
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
  const port = async (usual: number): Promise<number> => ((await isFree(usual)) ? usual : freePort());
  const [http, ops, sitePort] = [await port(demoPorts.pages), await port(demoPorts.ops), await port(demoPorts.site)];
  const siteUrl = `http://127.0.0.1:${sitePort}`;
  const { secret, admin } = await provisionAcme(stack.env as unknown as KeycloakAdminEnv, siteUrl);
  const opsUrl = `http://127.0.0.1:${ops}`;
  const logFile = join(stackDir('demo'), 'logs', 'vestibule.log');
  const rulesDir = join(projectDir, 'rules');
  const settings = {
    ...stack.env,
    KEYCLOAK_CLIENT_SECRET: secret,
    LINK_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    PUBLIC_URL: `http://127.0.0.1:${http}`,
    HTTP_PORT: String(http),
    OPS_PORT: String(ops),
  };
  closing.push(await writeSettingsFile(settings));
  const service = new DemoService({ ...settings, RULES_DIR: rulesDir }, opsUrl, logFile);
  closing.push(() => service.stop());
  await service.start();
  say(`· Vestibule: open after ${seconds()}`);
  await untilRulesAreAtTheDoor(admin, opsUrl);
  say(`· Keycloak: has the rules at its door after ${seconds()}`);

  const { KEYCLOAK_URL: keycloakUrl = '', MAIL_INBOX_URL: inboxUrl = '' } = stack.env;
  const consoleUrl = `${keycloakUrl}/admin/acme/console`;
  const diary = new Diary(say);
  const site = await startSite({
    port: sitePort,
    keycloakUrl,
    realm: acme,
    inboxUrl,
    applications,
    rules: () => rulesInForce(rulesDir, opsUrl),
    service,
    chapters: diary.chapters,
    sights: [
      { title: 'Inbox', about: 'Every mail that was sent, to people and to approvers.', at: { url: inboxUrl } },
      { title: 'Queues', about: 'What Vestibule has to do still.', at: { url: `${opsUrl}/queues` } },
      { title: 'Keycloak', about: 'The realm acme: log in as admin, password admin.', at: { url: consoleUrl } },
      { title: 'Log', about: 'What Vestibule says about all of it.', at: { path: logFile } },
    ],
  });
  closing.push(() => site.stop());
  say('\nMilliseconds are counted from sending the form.');
  const failed = await play({ keycloakUrl, inboxUrl, realm: acme, siteUrl: site.url, admin, service, diary });
  say(
    `\n${stories.length - failed} of ${stories.length} people ended as their rule says, ${seconds()} after the start.`,
  );
  if (values.once || failed > 0) {
    return failed > 0 ? 1 : 0;
  }
  const rows = applications.map(({ clientId, name }) => `  ${name.padEnd(20)}${site.url}/${clientId}`);
  say(`
Start here            ${site.url}
${rows.join('\n')}
Read the mail         ${inboxUrl}
See the queues        ${opsUrl}/queues
Keycloak              ${consoleUrl} (admin / admin)
Ask it                node --env-file=${settingsFileName} bin/vestibule.js explain --realm acme --user paul
The log               ${logFile}

Ctrl-C ends the demo and everything it started.`);
  const code = await service.failed;
  throw new Error(`Vestibule ended with exit code ${code}; its log ${logFile} says why`);
}

async function play(stage: Stage): Promise<number> {
  let failed = 0;
  for (const story of stories) {
    try {
      await story(stage);
    } catch (error) {
      failed += 1;
      const why = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
      stage.diary.note(why);
      stage.diary.end(why);
    }
  }
  return failed;
}

function readArguments() {
  try {
    const options = { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
