import { execFile } from 'node:child_process';
import { chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { onPath } from '../paths.ts';
import type { Server } from './server.ts';

const run = promisify(execFile);

/** The PostgreSQL of this machine. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly ready: string;
  /** Root hands its work to this user: PostgreSQL refuses to run as root. `null`: we are not root. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

/** @returns a sentence that says what is missing, where PostgreSQL cannot be started here */
export async function findPostgres(): Promise<PostgresPrograms | string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const dirs = versions.map((version) => `/usr/lib/postgresql/${version}/bin`).toReversed();
  const path = [process.env['PATH'] ?? '', ...dirs].join(':');
  const [initdb, postgres, ready] = ['initdb', 'postgres', 'pg_isready'].map((program) => onPath(program, path));
  if (initdb === undefined || postgres === undefined || ready === undefined) {
    return 'PostgreSQL is not installed here: it is looked for on the PATH and in /usr/lib/postgresql';
  }
  if (process.getuid?.() !== 0) {
    return { initdb, postgres, ready, user: null };
  }
  const user = (await idsOf('postgres')) ?? (await idsOf('nobody'));
  if (user === null || onPath('setpriv') === undefined) {
    return 'PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody", or no program "setpriv"';
  }
  return { initdb, postgres, ready, user };
}

/** A PostgreSQL with a database and a user of the same name, without a password: on loopback only. */
export async function postgresServer(
  { initdb, postgres, ready, user }: PostgresPrograms,
  port: number,
  parent: string,
): Promise<Server> {
  const dataDir = join(parent, 'postgres');
  const drop = user === null ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const as = (...command: string[]): [string, string[]] => {
    const [program = '', ...args] = [...drop, ...command];
    return [program, args];
  };
  if ((await mkdir(dataDir, { recursive: true })) !== undefined) {
    if (user !== null) {
      await chown(parent, user.uid, user.gid);
      await chown(dataDir, user.uid, user.gid);
    }
    await run(...as(initdb, '--auth=trust', `--username=${database}`, '--encoding=UTF8', '-D', dataDir), { cwd: '/' });
  }
  const listen = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const [command, args] = as(postgres, '-D', dataDir, ...listen);
  return {
    name: 'PostgreSQL',
    command,
    args,
    marker: dataDir,
    timeoutMs: 60_000,
    check: async () => void (await run(ready, ['-h', '127.0.0.1', '-p', String(port)])),
  };
}

/** That every PostgreSQL has; initdb makes no other. */
const database = 'postgres';

export function postgresUrl(port: number): string {
  return `jdbc:postgresql://127.0.0.1:${port}/${database}`;
}
export const postgresUser = database;

async function idsOf(name: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (which) => (await run('id', [which, name])).stdout));
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return null;
  }
}
