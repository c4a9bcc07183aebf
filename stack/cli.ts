import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { stackDir } from './paths.ts';
import { environment, startStack, stopGroup } from './stack.ts';
import { isOurs, readState, removeState, writeState } from './state.ts';

const usage = `npm run stack -- up|down|status|env [--name NAME] [--data]

  up      start Keycloak, Kafka, Redis and a mail server, and wait until they work
  down    stop them; with --data also delete what they stored
  status  what runs, and where
  env     settings for a shell: eval "$(npm run -s stack -- env)"
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string', default: 'default' }, data: { type: 'boolean', default: false } },
});
const { name } = values;

switch (positionals[0]) {
  case 'up':
    await up();
    break;
  case 'down':
    await down();
    break;
  case 'status':
    process.exitCode = await status();
    break;
  case 'env':
    await printEnv();
    break;
  default:
    console.error(usage);
    process.exitCode = 2;
}

async function up(): Promise<void> {
  const state = await readState(name);
  if (state !== null && (await Promise.all(state.servers.map(isOurs))).every(Boolean)) {
    console.log('Already up.');
  } else {
    if (state !== null) {
      await down();
    }
    const startedAt = Date.now();
    const stack = await startStack({
      name,
      detached: true,
      usualPorts: true,
      onProgress: (line) => console.log(`· ${line}`),
    });
    await writeState(name, { startedAt: new Date().toISOString(), ports: stack.ports, servers: stack.servers });
    console.log(`Up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  }
  await status();
}

async function down(): Promise<void> {
  const state = await readState(name);
  for (const server of state?.servers ?? []) {
    if (await isOurs(server)) {
      await stopGroup(server.pid);
      console.log(`· ${server.name}: stopped`);
    }
  }
  await removeState(name);
  if (values.data) {
    await rm(stackDir(name), { recursive: true, force: true });
  }
}

async function status(): Promise<number> {
  const state = await readState(name);
  if (state === null) {
    console.log('Down.');
    return 1;
  }
  for (const server of state.servers) {
    console.log(
      `${server.name.padEnd(9)} ${(await isOurs(server)) ? 'runs' : 'is gone'}, process ${server.pid}, log ${server.log}`,
    );
  }
  const { KEYCLOAK_URL, MAIL_INBOX_URL, KAFKA_BROKERS, REDIS_URL } = environment(state.ports);
  console.log(
    `Keycloak  ${KEYCLOAK_URL} (admin / admin)\nInbox     ${MAIL_INBOX_URL}\nKafka     ${KAFKA_BROKERS}\nRedis     ${REDIS_URL}`,
  );
  return 0;
}

async function printEnv(): Promise<void> {
  const state = await readState(name);
  if (state === null) {
    console.error('The stack is down: npm run stack -- up');
    process.exitCode = 1;
    return;
  }
  for (const [key, value] of Object.entries(environment(state.ports))) {
    console.log(`export ${key}='${value.replaceAll("'", String.raw`'\''`)}'`);
  }
}
