import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { kafkaLibs, keycloakHome, providerJar, redisBinary } from './distributions.ts';
import { projectDir, stackDir } from './paths.ts';
import { choosePorts, type Ports } from './ports.ts';
import { inboxServer } from './servers/inbox.ts';
import { kafkaServer } from './servers/kafka.ts';
import { keycloakAdmin, keycloakServer } from './servers/keycloak.ts';
import { redisServer } from './servers/redis.ts';
import type { Server } from './servers/server.ts';

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
}

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
}

/** Starts Keycloak, Kafka, Redis and the mail server side by side, and resolves when each can do its work. */
export async function startStack({ name, detached, usualPorts, onProgress }: StackOptions): Promise<Stack> {
  const dir = stackDir(name);
  await mkdir(join(dir, 'logs'), { recursive: true });
  const ports = await choosePorts(usualPorts);
  const children: ChildProcess[] = [];
  const launch = async (make: () => Promise<Server> | Server): Promise<Running> => {
    const server = await make();
    const log = join(dir, 'logs', `${server.name.toLowerCase()}.log`);
    await rm(log, { force: true });
    const child = detached ? spawnDetached(server, log) : spawnGuarded(server, log);
    children.push(child);
    const startedAt = Date.now();
    onProgress(`${server.name}: starting`);
    await untilReady(server, child, log);
    onProgress(`${server.name}: ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return { name: server.name, pid: child.pid ?? 0, log };
  };
  const stop = () => stopAll(children, detached);
  try {
    const servers = await Promise.all([
      launch(async () => redisServer(await redisBinary(onProgress), ports.redis, join(dir, 'redis'))),
      launch(() => inboxServer(ports.smtp, ports.inbox)),
      launch(async () =>
        kafkaServer({
          libs: await kafkaLibs(onProgress),
          dataDir: join(dir, 'kafka'),
          port: ports.kafka,
          controllerPort: ports.kafkaController,
        }),
      ),
      launch(async () => {
        const provider = existsSync(join(projectDir, 'keycloak', 'pom.xml')) ? [await providerJar(onProgress)] : [];
        return keycloakServer({
          home: await keycloakHome(provider, onProgress),
          dataDir: join(dir, 'keycloak'),
          port: ports.keycloak,
          managementPort: ports.keycloakManagement,
          kafkaBrokers: `127.0.0.1:${ports.kafka}`,
        });
      }),
    ]);
    return { env: environment(ports), ports, servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Settings of the stack, as the service and the tests read them. */
export function environment(ports: Ports): Record<string, string> {
  return {
    KEYCLOAK_URL: `http://127.0.0.1:${ports.keycloak}`,
    KEYCLOAK_ADMIN_USER: keycloakAdmin.user,
    KEYCLOAK_ADMIN_PASSWORD: keycloakAdmin.password,
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    MAIL_FROM: 'Vestibule <vestibule@acme.test>',
    MAIL_INBOX_URL: `http://127.0.0.1:${ports.inbox}`,
  };
}

function spawnDetached(server: Server, log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(server.command, server.args, {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...server.env },
  });
  closeSync(output);
  child.unref();
  return child;
}

function spawnGuarded(server: Server, log: string): ChildProcess {
  const guardian = join(projectDir, 'stack', 'guardian.mjs');
  return spawn(process.execPath, [guardian, log, server.command, ...server.args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, ...server.env },
    detached: true, // out of the terminal's process group: a Ctrl-C lets the parent stop things in order
  });
}

async function untilReady(server: Server, child: ChildProcess, log: string): Promise<void> {
  let ended: string | undefined;
  child.once('exit', (code, signal) => (ended = `exit code ${code ?? signal}`));
  child.once('error', (error) => (ended = error.message));
  const deadline = Date.now() + server.timeoutMs;
  for (let last: unknown; ;) {
    if (ended !== undefined || Date.now() > deadline) {
      const why =
        ended === undefined ? `not ready after ${server.timeoutMs / 1000} s (${String(last)})` : `ended: ${ended}`;
      throw new Error(`${server.name} ${why}. The end of its log, ${log}:\n${await tail(log)}`);
    }
    try {
      await server.check();
      return;
    } catch (error) {
      last = error;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text.trimEnd().split('\n').slice(-20).join('\n');
}

async function stopAll(children: readonly ChildProcess[], detached: boolean): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        return;
      }
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (detached) {
        await stopGroup(child.pid);
      } else {
        child.stdin?.end(); // the guardian sees it and stops its server
      }
      await gone;
    }),
  );
}

/** Stops a process group: asks first, insists after ten seconds. Resolves when its leader is gone. */
export async function stopGroup(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  let signal: NodeJS.Signals | 0 = 'SIGTERM';
  for (;;) {
    try {
      process.kill(-pid, signal);
    } catch {
      return;
    }
    signal = Date.now() > deadline ? 'SIGKILL' : 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
