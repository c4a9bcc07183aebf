import type { TestRealm } from '../../test/stack/support/realm.ts';
import { requireStack } from '../bench-realm.ts';
import { inTurns } from '../turns.ts';
import { doorRealm, plainRealm, ruleFile, startAtDoor } from './scene.ts';
import { codeOf, openForm, personAtForm } from './person.ts';

const usage = 'npm run bench -- refusals [VISITS [AT-ONCE …]]';

const contestants = {
  plain: 'plain Keycloak, the registration',
  refused: 'refused, when the form is sent',
  closed: 'closed, instead of the form',
} as const;
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];

/** How many visits a second end with a refusal at the form, beside how many end with a registration. */
export async function run([count = '200', ...atOnce]: readonly string[]): Promise<void> {
  requireStack(usage);
  const plain = await plainRealm('bench-plain', 'plain');
  const door = await doorRealm('bench-refusals', ['refused', 'closed']);
  const refuse = (when: string) => `${when}then: [{ refuse-registration: { message: other-address } }]`;
  const service = await startAtDoor(door, {
    'refused.yaml': ruleFile(door, 'refused', [refuse('when: { email-domain: example.test }, ')]),
    'closed.yaml': ruleFile(door, 'closed', [refuse('')]),
  });
  try {
    const visit = visitsOf({ plain, refused: door, closed: door });
    await inTurns(names, { count: 40, atOnce: 8, restMs: 250 }, (name, number) => visit[name](`warm-${number}`));
    for (const size of atOnce.length === 0 ? [1, 8] : atOnce.map(Number)) {
      const turns = { count: Number(count), atOnce: size, restMs: 250 };
      show(turns, await inTurns(names, turns, (name, number) => visit[name](`u${size}-${number}`)));
    }
    const accounts = await door.admin.users.count({ realm: door.realm });
    console.log(`\naccounts of people who were refused: ${accounts}`);
  } finally {
    await service.dispose();
    await Promise.all([plain.dispose(), door.dispose()]);
  }
}

function visitsOf({ plain, refused, closed }: Readonly<Record<Contestant, TestRealm>>) {
  return {
    async plain(username: string): Promise<void> {
      const sent = await (await personAtForm(plain, 'plain', username)).send();
      demand(codeOf(sent) !== null, sent.page);
    },
    async refused(username: string): Promise<void> {
      const sent = await (await personAtForm(refused, 'refused', username)).send();
      demand(sent.page.includes('input-error-email'), sent.page);
    },
    async closed(): Promise<void> {
      const { status, page } = await openForm(closed, 'closed');
      demand(status === 403, page);
    },
  };
}

function demand(expected: boolean, page: string): void {
  if (!expected) {
    throw new Error(`a visit ended with another page: ${page.slice(0, 2_000)}`);
  }
}

function show(
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
  spent: Readonly<Record<Contestant, number>>,
): void {
  const rate = (name: Contestant): number => (count * 1_000) / spent[name];
  console.log(`\n${atOnce} at a time, ${count} visits each`);
  for (const name of names) {
    const times = (rate(name) / rate('plain')).toFixed(1);
    console.log(
      `  ${contestants[name].padEnd(34)} ${rate(name).toFixed(1).padStart(6)} a second, ${times} times plain`,
    );
  }
}
