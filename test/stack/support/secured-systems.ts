import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kafkaLibs, kafkaTools } from '../../../stack/distributions/kafka.ts';
import { redisBinary } from '../../../stack/distributions/redis.ts';
import { launch, untilReady } from '../../../stack/launch.ts';
import { freePort } from '../../../stack/ports.ts';
import { kafkaServer } from '../../../stack/servers/kafka.ts';
import { redisServer } from '../../../stack/servers/redis.ts';
import type { Server } from '../../../stack/servers/server.ts';
import { stopGroup } from '../../../stack/stop-group.mjs';
import { installTools, runCommands } from './doc-commands.ts';

const password = 'of-the-administrator';

/** A Kafka and a Redis of a test's own that ask for a login and grant nothing, and the tools to change that. */
export async function startSecured(logins: readonly string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-secured-'));
  const bin = join(dir, 'bin');
  await mkdir(bin);
  const silent = (): void => undefined;
  const kafkaPort = await freePort();
  const controllerPort = await freePort([kafkaPort]);
  const redisPort = await freePort([kafkaPort, controllerPort]);
  const libs = await kafkaLibs(silent);
  const running: number[] = [];

  const start = async (server: Server): Promise<void> => {
    const log = join(dir, `${server.name}.log`);
    const child = await launch(server, log, false);
    running.push(child.pid ?? 0);
    await untilReady(server, child, log, new AbortController().signal);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((pid) => stopGroup(pid)));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await installTools(bin, [await kafkaTools(silent), `${libs}/*`], join(dir, 'kafka', 'log4j2.properties'));
    const secured = { user: 'admin', password };
    await Promise.all([
      start(await kafkaServer({ libs, dataDir: join(dir, 'kafka'), port: kafkaPort, controllerPort, secured })),
      start(await redisServer(await redisBinary(silent), redisPort, join(dir, 'redis'), password)),
    ]);
    for (const user of ['admin', ...logins]) {
      await writeFile(join(dir, `${user}.properties`), loginFile(user));
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const broker = `127.0.0.1:${kafkaPort}`;
  const redisAdminUrl = `redis://:${password}@127.0.0.1:${redisPort}`;
  const env = { PATH: `${bin}:${process.env['PATH']}`, BROKER: broker, REDIS_ADMIN_URL: redisAdminUrl };
  return {
    broker,
    dir,
    env,
    redisAdminUrl,
    redisUrl: (user: string) => `redis://${user}:${passwordOf(user)}@127.0.0.1:${redisPort}`,
    /** Runs commands with Kafka's and Redis's tools on the PATH, beside the login files. */
    run: (commands: string, more: Readonly<Record<string, string>> = {}) =>
      runCommands(commands, dir, { ...env, ...more }),
    stop,
  };
}

export function passwordOf(user: string): string {
  return user === 'admin' ? password : `of-${user}`;
}

function loginFile(user: string): string {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return `security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=${login} required username="${user}" password="${passwordOf(user)}";
`;
}

export type SecuredSystems = Awaited<ReturnType<typeof startSecured>>;
