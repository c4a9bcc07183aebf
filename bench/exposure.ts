import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { redirectUri } from '../stack/realm.ts';
import { stackEnv, type TestRealm } from '../test/stack/support/realm.ts';
import { exchangeCode } from '../test/stack/support/registration-form.ts';
import { startService } from '../test/stack/support/service.ts';
import { benchRealm, requireStack } from './bench-realm.ts';
import { untilCaughtUp } from './caught-up.ts';
import { doorRealm, ruleFile, startAtDoor } from './door/scene.ts';
import { figures, median } from './figures.ts';
import { defineWorkflow, startScript } from './rivals.ts';
import { crowd, rotated } from './turns.ts';
import { adminEventTimes, watchUntilDisabled } from './when-disabled.ts';

const usage = 'npm run bench -- exposure [REGISTRATIONS [AT-ONCE …]]';

/**
 * Who shuts people out, and in which realm. Workflows know of no client, so they have a realm of their own. So has the
 * gate: the flows of the others are Keycloak's.
 */
const contestants = {
  gate: 'Vestibule, at the gate',
  signed: 'Vestibule, signed events',
  unsigned: 'Vestibule, without a key',
  script: 'a script',
  workflows: "Keycloak's Workflows",
} as const;
type Contestant = keyof typeof contestants;
type Realms = Readonly<Record<Contestant, TestRealm>>;

interface Registered {
  readonly userId: string;
  readonly answeredAt: number;
  /** The person traded the code for a token, at once. */
  readonly token: boolean;
  /** Where no admin event will tell. */
  readonly disabledAt: Promise<number> | null;
}

/**
 * How long the door stands open, and who gets through it meanwhile: from the answer to the registration to the account
 * being disabled. Each person trades the code for a token as soon as the browser has it. All contestants take turns in
 * the same run, in realms with Keycloak's default password hash, on the machine as it is. Each round begins with another
 * one, and with one at a time the next registration waits until the last one's work is over: else each contestant would
 * bear the load of the one before it, always the same.
 *
 * When a call took effect is told by Keycloak's own admin events, so that no observer loads the server. Workflows leave
 * none: there the account is read every 10 ms from the answer on. That makes them look up to that much slower, and loads
 * the server while the person trades the code.
 */
export async function run([count = '50', ...atOnce]: readonly string[]): Promise<void> {
  requireStack(usage);
  const clients = ['signed', 'unsigned', 'script'].map((clientId) => ({ clientId }));
  const shared = await withAdminEvents(await benchRealm({ prefix: 'bench', clients }));
  const workflows = await benchRealm({ prefix: 'bench-workflows', clients: [{ clientId: 'workflows' }] });
  const gated = await withAdminEvents(await doorRealm('bench-gate', ['gate']));
  const realms = { gate: gated, signed: shared, unsigned: shared, script: shared, workflows };
  await defineWorkflow(workflows);
  const gate = await startAtDoor(gated, { 'closed.yaml': ruleFile(gated, 'gate', ['then: [disable-user]']) });
  const signed = await startVestibule(shared, 'signed', {});
  const unsigned = await startVestibule(shared, 'unsigned', { EVENT_SIGNING_KEY: '' });
  const script = await startScript(shared, 'script');
  try {
    for (let warm = 0; warm < 5; warm++) {
      for (const name of names()) {
        await (
          await register(realms, name, `warm${warm}-${name}`)
        ).disabledAt;
      }
    }
    for (const crowd of atOnce.length === 0 ? [1, 8] : atOnce.map(Number)) {
      await measure(realms, Number(count), crowd);
    }
    console.log(legend);
    await idle(signed.pid() ?? 0);
  } finally {
    script.kill();
    await Promise.all([gate.dispose(), signed.dispose(), unsigned.dispose()]);
    await Promise.all([shared.dispose(), workflows.dispose(), gated.dispose()]);
  }
}

/** After that, nothing of a registration is under way. */
const settleMs = 250;

const names = (): Contestant[] => Object.keys(contestants) as Contestant[];

async function withAdminEvents(made: TestRealm): Promise<TestRealm> {
  const { admin, realm } = made;
  const events = await admin.realms.getConfigEvents({ realm });
  await admin.realms.updateConfigEvents({ realm }, { ...events, adminEventsEnabled: true });
  return made;
}

async function startVestibule(realm: TestRealm, client: string, env: Readonly<Record<string, string>>) {
  const rules = `version: 1\nrealm: ${realm.realm}\nclients: [${client}]\nrules:\n  - name: closed\n    then: [disable-user]\n`;
  const service = await startService({
    secret: realm.secret,
    rules: { 'closed.yaml': rules },
    env: { LOG_LEVEL: 'info', LOCKOUT_LIMIT_PER_MINUTE: '0', ...env },
  });
  await untilCaughtUp(service);
  return service;
}

async function register(realms: Realms, client: Contestant, username: string): Promise<Registered> {
  const realm = realms[client];
  const { answeredAt, code } = await realm.register(client, username);
  const disabledAt = client === 'workflows' ? watchUntilDisabled(realm, username) : null;
  const target = { keycloakUrl: stackEnv.KEYCLOAK_URL, realm: realm.realm, clientId: client, redirectUri };
  const token =
    code !== undefined &&
    (await exchangeCode(target, code).then(
      () => true,
      () => false,
    ));
  const userId = (await realm.userNamed(username))?.id ?? '';
  return { userId, answeredAt, token, disabledAt };
}

async function measure(realms: Realms, count: number, atOnce: number): Promise<void> {
  const seen: Record<Contestant, Registered[]> = { gate: [], signed: [], unsigned: [], script: [], workflows: [] };
  const turns = Array.from({ length: count }, (_, round) => rotated(names(), round)).flat();
  await crowd(turns.length, atOnce, async (number) => {
    const client = turns[number] ?? 'signed';
    const registered = await register(realms, client, `u${atOnce}x${number}`);
    seen[client].push(registered);
    if (atOnce === 1) {
      await registered.disabledAt;
      await sleep(settleMs);
    }
  });
  const shared = [...seen.signed, ...seen.unsigned, ...seen.script].map(({ userId }) => userId);
  const gated = seen.gate.map(({ userId }) => userId);
  const times = new Map([
    ...(await adminEventTimes(realms.signed, shared)),
    ...(await adminEventTimes(realms.gate, gated)),
  ]);

  console.log(`\n${atOnce} at a time, ${count} registrations each`);
  const medians: Record<string, number> = {};
  for (const client of names()) {
    const open = await Promise.all(
      seen[client].map(
        async ({ userId, answeredAt, disabledAt }) => ((await disabledAt) ?? times.get(userId) ?? NaN) - answeredAt,
      ),
    );
    medians[client] = median(open);
    const tokens = seen[client].filter(({ token }) => token).length;
    const alive = await stillLoggedIn(realms[client], seen[client]);
    const percent = (part: number): string => `${Math.round((part * 100) / count)} %`;
    console.log(
      `  ${contestants[client].padEnd(26)} disabled ${figures(open).padEnd(28)} ` +
        `got a token ${percent(tokens).padStart(5)}   session still open ${percent(alive).padStart(5)}`,
    );
  }
  for (const rival of ['unsigned', 'script', 'workflows'] as const) {
    const [ours = NaN, theirs = NaN] = [medians['signed'], medians[rival]];
    if (ours > 0 && theirs > 0) {
      console.log(`  ${contestants[rival]}: ${(theirs / ours).toFixed(1)} times the median of signed events`);
    }
  }
}

/** What the figures do not say by themselves. */
const legend = `
disabled: from the answer to the registration; below zero where it was done before that. A token that was got before is
good until it expires; where the session is over, it cannot be renewed. A script makes one call, and leaves the session of
each person open. Vestibule first notes in Redis that it is about to disable the account, and proves afterwards that nobody
is in. Workflows run inside Keycloak, know of no client, and leave the session open.`;

/** How many have a session a second after all were disabled. */
async function stillLoggedIn(realm: TestRealm, registrations: readonly Registered[]): Promise<number> {
  await sleep(1_000);
  let alive = 0;
  for (const { userId } of registrations) {
    alive += Math.min(1, await realm.sessionsOf(userId));
  }
  return alive;
}

/** CPU and memory of the service with nothing to do, over ten seconds. */
async function idle(pid: number): Promise<void> {
  const ticks = async (): Promise<number> => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await sleep(10_000);
  const share = (await ticks()) - before; // ticks are hundredths of a second; over ten seconds, tenths of a percent
  const memory = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  console.log(`\nidle: ${(share / 10).toFixed(1)} % of a core, ${Math.round(Number(memory) / 1024)} MiB`);
}
