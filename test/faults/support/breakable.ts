import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { kafkaLibs } from '../../../stack/distributions/kafka.ts';
import { redisBinary } from '../../../stack/distributions/redis.ts';
import { launch, untilReady } from '../../../stack/launch.ts';
import { stackDir } from '../../../stack/paths.ts';
import { freePort } from '../../../stack/ports.ts';
import { kafkaServer } from '../../../stack/servers/kafka.ts';
import { redisServer } from '../../../stack/servers/redis.ts';
import type { Server } from '../../../stack/servers/server.ts';
import type { Running, State } from '../../../stack/state.ts';

const silent = (): void => undefined;

/** A server that a case may crash, freeze and start again. */
export class Breakable {
  readonly #make: () => Promise<Server>;
  readonly #log: string;
  #pid: number;
  #guardian: ChildProcess | null = null;

  private constructor(make: () => Promise<Server>, log: string, pid = 0) {
    this.#make = make;
    this.#log = log;
    this.#pid = pid;
  }

  static async start(make: () => Promise<Server>, log: string): Promise<Breakable> {
    const server = new Breakable(make, log);
    await server.start();
    return server;
  }

  /** One of the stack's own servers. */
  static async adopt({ pid, log }: Running, make: () => Promise<Server>): Promise<Breakable> {
    return new Breakable(make, `${log}.again`, await serverBehind(pid));
  }

  /** Takes the process away at once, as a crash of the machine would. */
  async crash(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#gone();
  }

  /** The process stands still; its connections stay open. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  async start(): Promise<void> {
    const server = await this.#make();
    const guardian = await launch(server, this.#log, false);
    this.#guardian = guardian;
    await untilReady(server, guardian, this.#log, new AbortController().signal);
    this.#pid = await serverBehind(guardian.pid ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#guardian !== null) {
      this.#signal('SIGCONT');
      this.#signal('SIGTERM');
      await this.#gone();
    }
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }

  async #gone(): Promise<void> {
    for (;;) {
      try {
        process.kill(-this.#pid, 0);
      } catch {
        break;
      }
      await sleep(20);
    }
    await rm(this.#log, { force: true });
  }
}

/** A guardian's server has a process group of its own; a server without a guardian is its own leader. */
async function serverBehind(pid: number): Promise<number> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  if (!commandLine.includes('guardian.mjs')) {
    return pid;
  }
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  readonly server: Breakable;
  /** Starts it again after a crash, without what it held. */
  startEmpty(): Promise<void>;
  /** How long its append-only file is, in bytes. */
  written(): Promise<number>;
  /** Starts it again after a crash, without what it wrote after that many bytes. */
  startCut(bytes: number): Promise<void>;
  dispose(): Promise<void>;
}

/** A Redis of a case's own. */
export async function startRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-redis-'));
  const port = await freePort();
  const data = join(dir, 'data');
  const server = await Breakable.start(
    async () => redisServer(await redisBinary(silent), port, data),
    join(dir, 'redis.log'),
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    server,
    async startEmpty() {
      await rm(data, { recursive: true, force: true });
      await server.start();
    },
    written: async () => (await stat(await appendOnlyFile(data))).size,
    async startCut(bytes) {
      await truncate(await appendOnlyFile(data), bytes);
      await server.start();
    },
    async dispose() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The part of it that grows; from Redis 7 on it is in a folder of its own. */
async function appendOnlyFile(data: string): Promise<string> {
  const files = await readdir(data, { recursive: true });
  const file = files.find((name) => name.endsWith('.incr.aof')) ?? files.find((name) => name.endsWith('.aof'));
  if (file === undefined) {
    throw new Error('this Redis has no append-only file');
  }
  return join(data, file);
}

/** The servers of a stack that is the suite's own: nobody else is there whom a crash would hurt. */
export async function breakableStack(name: string, { ports, servers }: Pick<State, 'ports' | 'servers'>) {
  const running = (wanted: string): Running => {
    const found = servers.find(({ name: is }) => is === wanted);
    if (found === undefined) {
      throw new Error(`the stack has no ${wanted}`);
    }
    return found;
  };
  const never = (): Promise<Server> => Promise.reject(new Error('this server is frozen only, never started again'));
  return {
    kafka: await Breakable.adopt(running('Kafka'), async () =>
      kafkaServer({
        libs: await kafkaLibs(silent),
        dataDir: join(stackDir(name), 'kafka'),
        port: ports.kafka,
        controllerPort: ports.kafkaController,
      }),
    ),
    keycloak: await Breakable.adopt(running('Keycloak'), never),
  };
}
export type BreakableStack = Awaited<ReturnType<typeof breakableStack>>;
