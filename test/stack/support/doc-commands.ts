import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from '../../../stack/command.ts';
import { onPath, projectDir } from '../../../stack/paths.ts';

/** The blocks of a page that readers are told to run, by the name in the comment above each: `<!-- run: NAME -->`. */
export async function commandsOf(page: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(projectDir, page), 'utf8');
  const blocks = text.matchAll(/<!-- run: (\S+) -->\n\n```sh\n(.*?)```/gs);
  return new Map([...blocks].map(([, name = '', commands = '']) => [name, commands]));
}

/** Runs commands as a shell does, in a folder; stops at the first that fails. */
export function runCommands(commands: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  return command('bash', ['-euo', 'pipefail', '-c', commands], { cwd, env: { ...process.env, ...env } });
}

const kafkaTools = {
  'kafka-acls.sh': 'AclCommand',
  'kafka-configs.sh': 'ConfigCommand',
  'kafka-console-producer.sh': 'ConsoleProducer',
  'kafka-consumer-groups.sh': 'consumer.group.ConsumerGroupCommand',
  'kafka-topics.sh': 'TopicCommand',
} as const;

/** Fills a folder for the PATH with Kafka's and Redis's own commands, which the downloaded servers come without. */
export async function installTools(bin: string, jars: readonly string[], log4j: string): Promise<void> {
  const java = `exec java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Dlog4j2.configurationFile=${log4j}`;
  const scripts: [string, string][] = Object.entries(kafkaTools).map(([name, main]) => [
    name,
    `#!/bin/sh\n${java} -cp '${jars.join(':')}' org.apache.kafka.tools.${main} "$@"\n`,
  ]);
  if (onPath('redis-cli') === undefined) {
    scripts.push(['redis-cli', redisCli]);
  }
  for (const [name, script] of scripts) {
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
  }
}

/** As much of redis-cli as the pages use: `redis-cli -u URL COMMAND …`. */
const redisCli = `#!${process.execPath}
const { Redis } = require(${JSON.stringify(join(projectDir, 'node_modules', 'ioredis'))});
const [, , , url, command, ...args] = process.argv;
const redis = new Redis(url, { retryStrategy: () => null });
redis.on('error', () => undefined);
redis.call(command, ...args).then(
  (answer) => (console.log(answer), redis.disconnect()),
  (error) => (console.error(error.message), process.exit(1)),
);
`;
