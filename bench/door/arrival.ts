import { providerInfo } from '../../test/stack/support/door.ts';
import { stackEnv, type TestRealm } from '../../test/stack/support/realm.ts';
import { requireStack } from '../bench-realm.ts';
import { median, p99 } from '../figures.ts';
import { inTurns } from '../turns.ts';
import { doorRealm, plainRealm, ruleFile, startAtDoor } from './scene.ts';
import { codeOf, personAtForm } from './person.ts';

const usage = 'npm run bench -- arrival [REGISTRATIONS [AT-ONCE …]]';

const contestants = { plain: 'plain Keycloak', gate: 'with the gate' } as const;
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];

interface Seen {
  /** From sending the form to its answer. */
  readonly answerMs: number[];
  /** From sending the form to the application. */
  readonly arrivedMs: number[];
  pages: number;
}

/**
 * From sending the form to arriving at the application, for people whom the rules let in after one group join, beside a
 * realm of the same Keycloak that knows nothing of Vestibule.
 */
export async function run([count = '200', ...atOnce]: readonly string[]): Promise<void> {
  requireStack(usage);
  const plain = await plainRealm('bench-plain', 'plain');
  const gate = await doorRealm('bench-gate', ['gate'], ['/readers']);
  const service = await startAtDoor(gate, {
    'gate.yaml': ruleFile(gate, 'gate', ['then: [{ join-group: /readers }]']),
  });
  try {
    const realms = { plain, gate };
    await measure(realms, 'warm', 40, 8);
    for (const size of atOnce.length === 0 ? [1, 8] : atOnce.map(Number)) {
      show(await measure(realms, `u${size}`, Number(count), size), Number(count), size);
    }
    const turnedAway = 'requests that found no place to wait';
    console.log(
      `\n${turnedAway}: ${(await providerInfo(stackEnv, 'required-action', 'vestibule-pending'))[turnedAway]}`,
    );
  } finally {
    await service.dispose();
    await Promise.all([plain.dispose(), gate.dispose()]);
  }
}

async function measure(
  realms: Readonly<Record<Contestant, TestRealm>>,
  prefix: string,
  count: number,
  atOnce: number,
): Promise<Readonly<Record<Contestant, Seen>>> {
  const nothing = (): Seen => ({ answerMs: [], arrivedMs: [], pages: 0 });
  const seen = { plain: nothing(), gate: nothing() };
  await inTurns(names, { count, atOnce, restMs: 250 }, async (name, number) => {
    const person = await personAtForm(realms[name], name, `${prefix}-${number}`);
    const sent = await person.send();
    const arrived = codeOf(sent) === null ? await person.wait(sent, Date.now() + 60_000) : sent;
    const arrivedMs = performance.now() - sent.sentAt;
    if (codeOf(arrived) === null) {
      throw new Error(`${person.username} did not arrive through ${name}: ${arrived.page.slice(0, 2_000)}`);
    }
    seen[name].pages += Number(arrived !== sent);
    seen[name].answerMs.push(sent.answerMs);
    seen[name].arrivedMs.push(arrivedMs);
  });
  return seen;
}

function show(seen: Readonly<Record<Contestant, Seen>>, count: number, atOnce: number): void {
  console.log(`\n${atOnce} at a time, ${count} registrations each`);
  console.log(`  ${''.padEnd(16)} the form's answer (median, p99)   at the application (median, p99)   saw a page`);
  for (const name of names) {
    const { answerMs, arrivedMs, pages } = seen[name];
    console.log(
      `  ${contestants[name].padEnd(16)} ${times(answerMs).padEnd(33)} ${times(arrivedMs).padEnd(33)} ` +
        `${((pages * 100) / count).toFixed(1)} %`,
    );
  }
  const { plain, gate } = seen;
  const more = median(gate.arrivedMs) - median(plain.arrivedMs);
  console.log(
    `  the gate's answer takes ${ratio(median, gate.answerMs, plain.answerMs)} times as long at the median\n` +
      `  the gate's arrival takes ${more.toFixed(0)} ms more at the median (${ratio(median, gate.arrivedMs, plain.arrivedMs)} times), ` +
      `p99 ${ratio(p99, gate.arrivedMs, plain.arrivedMs)} times`,
  );
}

const times = (values: readonly number[]): string => `${median(values).toFixed(1)} ms, ${p99(values).toFixed(0)} ms`;

function ratio(of: (values: readonly number[]) => number, ours: readonly number[], theirs: readonly number[]): string {
  return (of(ours) / of(theirs)).toFixed(2);
}
