import type { ChildProcess } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { kafkaLibs } from './distributions/kafka.ts';
import { keycloakDatabase, keycloakHome } from './distributions/keycloak.ts';
import { providerJars } from './distributions/provider.ts';
import { redisBinary } from './distributions/redis.ts';
import { environment } from './environment.ts';
import { launch, untilReady } from './launch.ts';
import { stackDir } from './paths.ts';
import { choosePorts, type Ports } from './ports.ts';
import { inboxServer } from './servers/inbox.ts';
import { kafkaServer } from './servers/kafka.ts';
import { fileDatabase, keycloakServer } from './servers/keycloak.ts';
import { redisServer } from './servers/redis.ts';
import type { Server } from './servers/server.ts';
import { isOurs, readState, removeState, type Running, writeState } from './state.ts';
import { stopGroup } from './stop-group.mjs';

export interface Stack {
  readonly env: Readonly<Record<string, string>>;
  readonly ports: Ports;
  readonly servers: readonly Running[];
  /** Stops every server and waits until it is gone. */
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly name: string;
  /** True: the servers live on after this process. False: they end with it, however it ends. */
  readonly detached: boolean;
  readonly usualPorts: boolean;
  readonly onProgress: (line: string) => void;
  /** True: begins with empty data, whatever an earlier stack of that name left. */
  readonly fresh?: boolean;
  /** True: Keycloak starts sooner, at half its speed under load. By default only a stack that lives on is spared that. */
  readonly quickStart?: boolean;
  /** Gives up starting, and stops what has started. */
  readonly signal?: AbortSignal;
}

/**
 * Starts Keycloak, Kafka, Redis and the mail server side by side, and resolves when each can do its work.
 * @throws when one cannot be started, with the reason; the others are stopped then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { name, detached, usualPorts, onProgress, fresh = false, quickStart = !detached } = options;
  await refuseASecond(name);
  const dir = stackDir(name);
  if (fresh) {
    await rm(dir, { recursive: true, force: true });
  }
  await mkdir(join(dir, 'logs'), { recursive: true });
  const ports = await choosePorts(usualPorts);
  const startedAt = new Date().toISOString();
  const servers: Running[] = [];
  const children: ChildProcess[] = [];
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])]);

  const start = async (make: () => Promise<Server> | Server): Promise<void> => {
    const server = await make();
    signal.throwIfAborted();
    const log = join(dir, 'logs', `${server.name.toLowerCase()}.log`);
    onProgress(`${server.name}: starting`);
    const since = Date.now();
    const child = await launch(server, log, detached);
    children.push(child);
    servers.push({ name: server.name, pid: child.pid ?? 0, log, marker: server.marker });
    writeState(name, { startedAt, ports, servers });
    await untilReady(server, child, log, signal);
    onProgress(`${server.name}: ready after ${((Date.now() - since) / 1000).toFixed(1)} s`);
  };
  const stop = async () => {
    await Promise.all(children.map(stopChild));
    await removeState(name);
  };

  try {
    await Promise.all([
      start(async () => redisServer(await redisBinary(onProgress), ports.redis, join(dir, 'redis'))),
      start(() => inboxServer(ports.smtp, ports.inbox)),
      start(async () =>
        kafkaServer({
          libs: await kafkaLibs(onProgress),
          dataDir: join(dir, 'kafka'),
          port: ports.kafka,
          controllerPort: ports.kafkaController,
        }),
      ),
      start(async () => {
        const home = await keycloakHome(await providerJars(onProgress), onProgress);
        return keycloakServer({
          home,
          database: await fileDatabase(await keycloakDatabase(home, onProgress), join(dir, 'keycloak')),
          port: ports.keycloak,
          managementPort: ports.keycloakManagement,
          kafkaBrokers: `127.0.0.1:${ports.kafka}`,
          quickStart,
        });
      }),
    ]);
  } catch (error) {
    failure.abort(error); // so that a download which ends only now starts nothing more
    await stop();
    throw error;
  }
  return { env: environment(ports), ports, servers, stop };
}

async function refuseASecond(name: string): Promise<void> {
  const state = await readState(name);
  for (const server of state?.servers ?? []) {
    if (await isOurs(server)) {
      throw new Error(`a stack named "${name}" runs already; stop it first: npm run stack -- down --name ${name}`);
    }
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    await stopGroup(child.pid); // a guardian takes its server along
  }
}
