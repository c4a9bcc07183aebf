import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { TestRealm } from '../../test/stack/support/realm.ts';
import type { TestService } from '../../test/stack/support/service.ts';
import { requireStack } from '../bench-realm.ts';
import { median } from '../figures.ts';
import { crowd } from '../turns.ts';
import { type Person, personAtForm } from './person.ts';
import { doorRealm, ruleFile, startAtDoor } from './scene.ts';

const usage = 'npm run bench -- service-stopped [REGISTRATIONS] [--seconds SECONDS] [--at-once 8]';

/** The rule shuts every fourth out, and lets the others in. */
const mayStay = (number: number): boolean => number % 4 !== 3;
const rules = ['when: { username: "out-*" }, then: [disable-user]', 'then: [{ join-group: /readers }]'];

interface Registered {
  readonly person: Person;
  readonly mayStay: boolean;
  /** While the service was stopped. */
  readonly meanwhile: boolean;
  /** The person traded a code for a token, from the page that looks again by itself, or without seeing it. */
  tokenAt: number | null;
  /** No page leads any further. */
  readonly ends: Promise<void>;
}

/** Half of the people register, then the service stops, the others register meanwhile, and the service comes back. */
export async function run(args: readonly string[]): Promise<void> {
  requireStack(usage);
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '60' }, 'at-once': { type: 'string', default: '8' } },
  });
  const count = Number(positionals[0] ?? '100');
  const atOnce = Number(values['at-once']);
  const realm = await doorRealm('bench-stopped', ['gate'], ['/readers']);
  const service = await startAtDoor(realm, { 'gate.yaml': ruleFile(realm, 'gate', rules) });
  try {
    const half = Math.ceil(count / 2);
    const people: Registered[] = [];
    const register = async (number: number, meanwhile: boolean): Promise<void> => {
      people.push(await registered(realm, number, meanwhile));
    };
    await crowd(half, atOnce, (number) => register(number, false));
    await service.stop();
    const stoppedAt = Date.now();
    await crowd(count - half, atOnce, (number) => register(half + number, true));
    await sleep(Math.max(0, stoppedAt + Number(values.seconds) * 1_000 - Date.now()));
    const held = people.filter(({ meanwhile }) => meanwhile);
    const passwords = await Promise.all(held.map(({ person }) => person.tryPassword()));
    const meanwhile = held.filter(({ tokenAt }) => tokenAt !== null).length + passwords.filter(Boolean).length;
    await comeBack(realm, service, people, { stoppedMs: Date.now() - stoppedAt, tokens: meanwhile });
  } finally {
    await service.dispose();
    await realm.dispose();
  }
}

/** Comes back as soon as the form has led to the application or to a page, where the person waits on. */
async function registered(realm: TestRealm, number: number, meanwhile: boolean): Promise<Registered> {
  const stays = mayStay(number);
  const person = await personAtForm(realm, 'gate', `${stays ? 'in' : 'out'}-${number}`);
  const sent = await person.send();
  const ended = async (): Promise<void> => {
    const end = await person.wait(sent, Date.now() + 600_000);
    if (await person.trade(end)) {
      one.tokenAt = Date.now();
    }
  };
  const one: Registered = { person, mayStay: stays, meanwhile, tokenAt: null, ends: Promise.resolve().then(ended) };
  return one;
}

async function comeBack(
  realm: TestRealm,
  service: TestService,
  people: readonly Registered[],
  { stoppedMs, tokens }: { readonly stoppedMs: number; readonly tokens: number },
): Promise<void> {
  const held = people.filter(({ meanwhile }) => meanwhile);
  const restartedAt = Date.now();
  const released = releases(realm);
  await service.restart();
  const openAt = Date.now();
  const releasedAt = await released;
  await Promise.all(people.map(({ ends }) => ends));

  const may = held.filter((each) => each.mayStay);
  const mayNot = people.filter((each) => !each.mayStay);
  const arrived = may.flatMap(({ tokenAt }) => tokenAt ?? []);
  const after = (times: readonly number[]): string =>
    `median ${seconds(median(times) - restartedAt)}, last ${seconds(Math.max(...times) - restartedAt)}`;
  const within = may.flatMap(({ person }) => releasedAt.get(person.username) ?? []);
  console.log(
    `${people.length} registrations, the service stopped for ${seconds(stoppedMs)} after ${people.length - held.length}\n` +
      `  registered meanwhile ${held.length}, tokens that they got meanwhile ${tokens}\n` +
      `  let in afterwards ${arrived.length} of ${may.length} who may; ` +
      `of ${mayNot.length} who may not, ${mayNot.filter(({ tokenAt }) => tokenAt !== null).length} got a token\n` +
      `  from the start of the service: open after ${seconds(openAt - restartedAt)}, ` +
      `the gate opened after ${after(within)}\n` +
      `  and the page, which looks again by itself, led to the application after ${after(arrived)}`,
  );
}

/** When the gate let each person go who is held by it now and whose account is not disabled. */
async function releases({ admin, realm }: TestRealm): Promise<ReadonlyMap<string, number>> {
  const at = new Map<string, number>();
  const held = new Set<string>();
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await sleep(50)) {
    const users = await admin.users.find({ realm, max: 10_000 });
    const now = Date.now();
    const waiting = users.filter(
      ({ enabled, requiredActions = [] }) => enabled === true && requiredActions.includes('vestibule-pending'),
    );
    const names = new Set(waiting.map(({ username = '' }) => username));
    for (const name of held) {
      if (!names.has(name) && !at.has(name)) {
        at.set(name, now);
      }
    }
    names.forEach((name) => held.add(name));
    if (names.size === 0) {
      break;
    }
  }
  return at;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
