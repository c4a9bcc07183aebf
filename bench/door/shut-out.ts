import { parseArgs } from 'node:util';

import type { TestRealm } from '../../test/stack/support/realm.ts';
import { until } from '../../test/stack/support/until.ts';
import { requireStack } from '../bench-realm.ts';
import { crowd } from '../turns.ts';
import { doorRealm, ruleFile, startAtDoor } from './scene.ts';
import { codeOf, personAtForm } from './person.ts';

const usage = 'npm run bench -- shut-out [REGISTRATIONS] [--minutes MINUTES] [--at-once 8]';

/**
 * Many people register through the gate whom the rule shuts out. Each one trades what code there is, then tries name and
 * password, at once. In the end nobody may have a session, and every account is disabled.
 */
export async function run(args: readonly string[]): Promise<void> {
  requireStack(usage);
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { minutes: { type: 'string', default: '60' }, 'at-once': { type: 'string', default: '8' } },
  });
  const count = Number(positionals[0] ?? '10000');
  const realm = await doorRealm('bench-shut-out', ['gate']);
  const service = await startAtDoor(realm, { 'gate.yaml': ruleFile(realm, 'gate', ['then: [disable-user]']) });
  try {
    const deadline = Date.now() + Number(values.minutes) * 60_000;
    await register(realm, count, Number(values['at-once']), deadline);
    await remains(realm);
  } finally {
    await service.dispose();
    await realm.dispose();
  }
}

async function register(realm: TestRealm, count: number, atOnce: number, deadline: number): Promise<void> {
  const begun = Date.now();
  const got = { registered: 0, codes: 0, tokens: 0, passwords: 0 };
  await crowd(count, atOnce, async (number) => {
    if (Date.now() > deadline) {
      return;
    }
    const person = await personAtForm(realm, 'gate', `person-${number}`);
    const sent = await person.send();
    if (codeOf(sent) === null && !sent.page.includes('id="vestibule-pending"')) {
      throw new Error(`${person.username} is not at the gate: ${sent.page.slice(0, 2_000)}`);
    }
    got.codes += Number(codeOf(sent) !== null);
    got.tokens += Number(await person.trade(sent));
    got.passwords += Number(await person.tryPassword());
    got.registered += 1;
    if (got.registered % 1_000 === 0) {
      console.log(`  … ${got.registered} registered: ${got.tokens} with a token`);
    }
  });
  const seconds = (Date.now() - begun) / 1_000;
  console.log(
    `${got.registered} registered, ${atOnce} at a time, in ${seconds.toFixed(0)} s ` +
      `(${(got.registered / seconds).toFixed(1)} a second)\n` +
      `  got a code ${got.codes}, a token for it ${got.tokens}, a token by name and password ${got.passwords}`,
  );
}

/** What there is of them when the service has done its work. */
async function remains({ admin, realm }: TestRealm): Promise<void> {
  const enabled = await until(
    'everybody being disabled',
    async () => (await admin.users.find({ realm, username: 'person-', enabled: true, max: 1_000 })).length,
    (some) => some === 0,
    120_000,
  );
  const accounts = await admin.users.count({ realm });
  const stats = await admin.realms.getClientSessionStats({ realm });
  const open = stats.find(({ clientId }) => clientId === 'gate')?.['active'] ?? 0;
  console.log(`  in the end: ${accounts} accounts, ${enabled} of them enabled, ${open} with a session`);
}
