import { registrationsIn } from '../src/cli/event-file.ts';
import { loadRules } from '../src/rules/load/load.ts';
import type { Facts, RuleBook } from '../src/rules/model.ts';
import { alwaysCounts } from '../src/rules/try/rule-tests.ts';
import { simulate } from '../src/rules/try/simulate.ts';

const registrations = 100_000;
const clients = ['partner-portal', 'staff-tool', 'blog', 'another'];
const domains = ['acme.com', 'sales.acme.com', 'mailinator.com', 'example.org'];

/**
 * `npm run bench -- simulate`: 100,000 recorded registrations judged by the shipped rules and by a change of them that
 * touches every file, from the text of the events to the answer.
 */
export async function run(): Promise<void> {
  const shipped = await loadRules('rules');
  if (shipped.book === null) {
    throw new Error(`the shipped rules are wrong: ${shipped.problems[0]?.message}`);
  }
  const started = performance.now();
  const result = await simulate(shipped.book, changed(shipped.book), facts());
  const seconds = (performance.now() - started) / 1_000;
  const rate = Math.round(registrations / seconds).toLocaleString('en');
  console.log(`${registrations.toLocaleString('en')} registrations in ${seconds.toFixed(1)} s, ${rate} a second`);
  console.log(`${result.different} treated differently, ${result.undecided} undecided, ${result.moves.length} moves`);
}

/** The last rule of each file shuts people out. */
function changed({ files }: RuleBook): RuleBook {
  return {
    version: 'changed',
    files: files.map((file) => ({
      ...file,
      rules: file.rules.map((rule, index) =>
        index < file.rules.length - 1 ? rule : { ...rule, then: [{ uses: 'disable-user', with: null, after: null }] },
      ),
    })),
  };
}

function* facts(): Generator<Facts> {
  const counts = alwaysCounts(1);
  for (let index = 0; index < registrations; index++) {
    for (const registration of registrationsIn(eventOf(index))) {
      yield { registration, counts };
    }
  }
}

/** As Keycloak's listener publishes it. */
function eventOf(index: number): string {
  const email = `person${index}@${domains[index % domains.length]}`;
  const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return JSON.stringify({
    id,
    time: 1_795_479_557_788 + index,
    type: 'REGISTER',
    realmId: id,
    realmName: 'acme',
    clientId: clients[(index >> 2) % clients.length],
    userId: id,
    ipAddress: '192.0.2.7',
    details: { register_method: 'form', username: `person${index}`, email, first_name: 'Mia', last_name: 'Meyer' },
  });
}
