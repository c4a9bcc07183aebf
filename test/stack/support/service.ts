import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { projectDir } from '../../../stack/paths.ts';
import { freePort } from '../../../stack/ports.ts';
import { stackEnv } from './realm.ts';
import { until } from './until.ts';

export interface ServiceOptions {
  /** Secret of the service account. */
  readonly secret: string;
  /** Rule files by name. */
  readonly rules: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** How long a start may take, in ms. */
  readonly openWithinMs?: number;
}

/** The service as ops run it: the built program, in a process of its own, with names of its own on the shared stack. */
export async function startService({ secret, rules, env = {}, openWithinMs = 40_000 }: ServiceOptions) {
  const id = randomBytes(4).toString('hex');
  const rulesDir = await mkdtemp(join(tmpdir(), 'vestibule-rules-'));
  const writeRules = (files: Readonly<Record<string, string>>) =>
    Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(rulesDir, name), text)));
  await writeRules(rules);
  const port = await freePort();
  const settings = {
    ...stackEnv,
    KEYCLOAK_CLIENT_SECRET: secret,
    KAFKA_GROUP: `vestibule-${id}`,
    KAFKA_APPROVALS_TOPIC: `approvals-${id}`,
    KAFKA_STATE_TOPIC: `state-${id}`,
    KAFKA_DOOR_TOPIC: `door-${id}`,
    KAFKA_AUDIT_TOPIC: `audit-${id}`,
    KAFKA_DEAD_LETTER_TOPIC: `dead-letter-${id}`,
    REDIS_PREFIX: `test-${id}`,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    HTTP_PORT: String(port),
    OPS_PORT: String(await freePort([port])),
    LINK_KEYS: `k1:${Buffer.alloc(32, id).toString('base64')}`,
    RULES_DIR: rulesDir,
    LOG_LEVEL: 'debug',
    ...env,
  };
  const log: Record<string, unknown>[] = [];
  /** A fault of the service, whatever the test is about. */
  const unhandled: Record<string, unknown>[] = [];
  let child = launch();
  await opened();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [join(projectDir, 'bin/vestibule.js'), 'run'], {
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on('line', (line) =>
        note(line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { msg: line }),
      );
    }
    return started;
  }
  function note(line: Record<string, unknown>): void {
    log.push(line);
    if (String(line['msg']).startsWith('a promise was rejected')) {
      unhandled.push(line);
    }
  }
  async function opened(): Promise<void> {
    await until(
      'the service',
      () => log.slice(-5),
      () => log.some(({ msg }) => msg === 'vestibule is open') || child.exitCode !== null,
      openWithinMs,
    );
    if (child.exitCode !== null) {
      throw new Error(
        `the service ended with ${child.exitCode}: ${JSON.stringify(log.slice(-14).map(({ msg }) => msg))}`,
      );
    }
  }
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await new Promise((resolve) => child.once('exit', resolve));
    }
    return child.exitCode;
  }

  return {
    settings,
    log,
    url: settings.PUBLIC_URL,
    opsUrl: `http://127.0.0.1:${settings.OPS_PORT}`,
    pid: () => child.pid,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    writeRules,
    kill: () => end('SIGKILL'),
    restart: async () => {
      log.length = 0;
      child = launch();
      await opened();
    },
    stop: () => end('SIGTERM'),
    dispose: async () => {
      await end('SIGTERM');
      if (unhandled.length > 0) {
        throw new Error(`a promise was rejected, and nothing handled it: ${JSON.stringify(unhandled)}`);
      }
      await rm(rulesDir, { recursive: true, force: true });
    },
  };
}

export type TestService = Awaited<ReturnType<typeof startService>>;
