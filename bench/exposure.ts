import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { projectDir } from '../stack/paths.ts';
import { createRealm, stackEnv, type TestRealm } from '../test/stack/support/realm.ts';
import { startService } from '../test/stack/support/service.ts';
import { until } from '../test/stack/support/until.ts';

const usage = 'npm run bench -- exposure [REGISTRATIONS]: needs a running stack, eval "$(npm run -s stack -- env)"';

interface Registered {
  readonly userId: string;
  readonly answeredAt: number;
}

/**
 * How long the door stands open: from the answer to the registration to the account being disabled and, for Vestibule,
 * its session dead. A script as in `script.ts` runs beside it, on registrations of another client, turn by turn, in the
 * same run. When a call took effect is told by Keycloak's own admin events, so that no observer loads the server.
 */
export async function run([count = '200']: readonly string[]): Promise<void> {
  if (stackEnv.KEYCLOAK_URL === undefined) {
    console.error(usage);
    process.exit(2);
  }
  const realm = await createRealm({ prefix: 'bench', clients: [{ clientId: 'ours' }, { clientId: 'script' }] });
  await realm.admin.realms.updateConfigEvents(
    { realm: realm.realm },
    {
      ...(await realm.admin.realms.getConfigEvents({ realm: realm.realm })),
      adminEventsEnabled: true,
    },
  );
  const rules = `version: 1\nrealm: ${realm.realm}\nclients: [ours]\nrules:\n  - name: closed\n    then: [disable-user]\n`;
  const startedAt = performance.now();
  const service = await startService({
    secret: realm.secret,
    rules: { 'ours.yaml': rules },
    env: { LOG_LEVEL: 'info' },
  });
  console.log(`service open after ${Math.round(performance.now() - startedAt)} ms`);
  const script = await startScript(realm);
  try {
    for (let warm = 0; warm < 20; warm++) {
      await register(realm, warm % 2 === 0 ? 'ours' : 'script', `warm${warm}`);
    }
    for (const atOnce of [1, 8]) {
      await measure(realm, Number(count), atOnce);
    }
    await idle(service.pid() ?? 0);
  } finally {
    script.kill();
    await service.dispose();
    await realm.dispose();
  }
}

async function measure(realm: TestRealm, count: number, atOnce: number): Promise<void> {
  const seen: Record<string, Registered[]> = { ours: [], script: [] };
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count * 2) {
      const number = next++;
      const client = number % 2 === 0 ? 'ours' : 'script';
      seen[client]?.push(await register(realm, client, `u${atOnce}x${number}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  let times: ReadonlyMap<string, number> = new Map();
  const missing = (client: string): number =>
    seen[client]?.filter(
      ({ userId }) => !times.has(`${userId} UPDATE`) || (client === 'ours' && !times.has(`${userId} ACTION`)),
    ).length ?? 0;
  await until(
    'everybody being disabled',
    async () => {
      times = await effects(realm);
      return { ours: missing('ours'), script: missing('script') };
    },
    ({ ours, script }) => ours + script === 0,
    60_000,
  );
  for (const [client, registrations] of Object.entries(seen)) {
    const disabled = registrations.map(({ userId, answeredAt }) => (times.get(`${userId} UPDATE`) ?? NaN) - answeredAt);
    const dead = registrations.map(
      ({ userId, answeredAt }) =>
        Math.max(times.get(`${userId} UPDATE`) ?? NaN, times.get(`${userId} ACTION`) ?? NaN) - answeredAt,
    );
    const ended = client === 'ours' ? `, disabled and session dead ${figures(dead)}` : ', sessions stay alive';
    console.log(`${atOnce} at a time, ${client.padEnd(6)}: disabled ${figures(disabled)}${ended}`);
  }
}

async function register(realm: TestRealm, client: string, username: string): Promise<Registered> {
  const { answeredAt } = await realm.register(client, username);
  const user = await realm.userNamed(username);
  return { userId: user?.id ?? '', answeredAt };
}

/** When each user's update and log-out took effect, by Keycloak's clock, which is this machine's. */
async function effects(realm: TestRealm): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (let first = 0; ; first += 500) {
    const page = await realm.admin.realms.findAdminEvents({ realm: realm.realm, first, max: 500 });
    for (const { resourcePath = '', operationType = '', time = 0 } of page) {
      const [, id] = /^users\/([0-9a-f-]{36})(\/logout)?$/.exec(resourcePath) ?? [];
      if (id !== undefined) {
        times.set(`${id} ${operationType}`, time);
      }
    }
    if (page.length < 500) {
      return times;
    }
  }
}

function figures(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

async function startScript(realm: TestRealm) {
  const env = { ...process.env, REALM: realm.realm, CLIENT: 'script', SECRET: realm.secret };
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectDir, 'bench', 'script.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve) => createInterface({ input: child.stdout }).once('line', () => resolve()));
  return child;
}

/** CPU and memory of the service with nothing to do, over ten seconds. */
async function idle(pid: number): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const ticks = async (): Promise<number> => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const share = (await ticks()) - before; // ticks are hundredths of a second; over ten seconds, tenths of a percent
  const memory = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  console.log(`idle: ${(share / 10).toFixed(1)} % of a core, ${Math.round(Number(memory) / 1024)} MiB`);
}
