import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { environment, toShell } from './environment.ts';
import { stackDir } from './paths.ts';
import { startStack } from './stack.ts';
import { isOurs, readState, removeState } from './state.ts';
import { stopGroup } from './stop-group.mjs';

const usage = `npm run stack -- up|down|status|env [--name NAME] [--data] [--format text|json]

  up      start Keycloak, Kafka, Redis and a mail server, and wait until they work
  down    stop them; with --data also delete what they stored
  status  what runs, and where; exit code 0 only if everything does
  env     settings for a shell: eval "$(npm run -s stack -- env)"

Several stacks can run side by side, each with its own name, ports and data.`;

const { values, positionals } = readArguments();
const { name, data, format } = values;
const commands: Readonly<Record<string, () => Promise<number>>> = { up, down, status, env };
const command = positionals.length === 1 ? commands[positionals[0] ?? ''] : undefined;

if (values.help) {
  console.log(usage);
} else if (command === undefined || !/^[\w-]+$/.test(name) || !['text', 'json'].includes(format)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'default' },
        data: { type: 'boolean', default: false },
        format: { type: 'string', default: 'text' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

async function up(): Promise<number> {
  const state = await readState(name);
  if (state !== null && (await Promise.all(state.servers.map(isOurs))).every(Boolean)) {
    console.log('Already up.');
    return status();
  }
  if (state !== null) {
    await down();
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`Interrupted (${signal}); nothing is left running.`)));
  }
  const since = Date.now();
  await startStack({
    name,
    detached: true,
    usualPorts: true,
    onProgress: (line) => console.log(`· ${line}`),
    signal: interrupted.signal,
  });
  console.log(`Up after ${((Date.now() - since) / 1000).toFixed(1)} s.`);
  return status();
}

async function down(): Promise<number> {
  const state = await readState(name);
  await Promise.all(
    (state?.servers ?? []).map(async (server) => {
      if (await isOurs(server)) {
        await stopGroup(server.pid);
        console.log(`· ${server.name}: stopped`);
      }
    }),
  );
  await removeState(name);
  if (data) {
    await rm(stackDir(name), { recursive: true, force: true });
  }
  return 0;
}

async function status(): Promise<number> {
  const state = await readState(name);
  const servers = await Promise.all(
    (state?.servers ?? []).map(async (server) => {
      const { name, pid, log } = server;
      return { name, pid, log, runs: await isOurs(server) };
    }),
  );
  const up = servers.length > 0 && servers.every(({ runs }) => runs);
  const settings = state === null ? {} : environment(state.ports);
  if (format === 'json') {
    console.log(JSON.stringify({ name, up, startedAt: state?.startedAt ?? null, servers, env: settings }, null, 2));
  } else if (state === null) {
    console.log(`The stack "${name}" is down.`);
  } else {
    for (const server of servers) {
      console.log(
        `${server.name.padEnd(9)} ${server.runs ? 'runs' : 'is gone'}, process ${server.pid}, log ${server.log}`,
      );
    }
    const { KEYCLOAK_URL, KEYCLOAK_ADMIN_USER, KEYCLOAK_ADMIN_PASSWORD } = settings;
    console.log(`\nKeycloak  ${KEYCLOAK_URL} (${KEYCLOAK_ADMIN_USER} / ${KEYCLOAK_ADMIN_PASSWORD})`);
    console.log(`Inbox     ${settings['MAIL_INBOX_URL']}`);
    console.log(`Kafka     ${settings['KAFKA_BROKERS']}`);
    console.log(`Redis     ${settings['REDIS_URL']}`);
  }
  return up ? 0 : 1;
}

async function env(): Promise<number> {
  const state = await readState(name);
  if (state === null) {
    console.error(`The stack "${name}" is down. Start it: npm run stack -- up --name ${name}`);
    return 1;
  }
  process.stdout.write(toShell(environment(state.ports)));
  return 0;
}
