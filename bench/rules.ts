import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkRules } from '../src/rules/try/check.ts';
import { matchesGlob } from '../src/platform/glob.ts';
import { decide } from '../src/rules/decide/decide.ts';
import { evaluate } from '../src/rules/decide/evaluate.ts';
import { buildRuleBook } from '../src/rules/load/load.ts';
import type { Facts, Rule, RuleBook } from '../src/rules/model.ts';

const clients = 1_000;
const rulesEach = 10;
const decisions = 100_000;
/** The naive way is so much slower that fewer decisions tell as much. */
const naiveDecisions = 2_000;

/** `npm run bench -- rules`: loading and deciding with 1,000 clients and 10,000 rules, beside a search from the top. */
export async function run(): Promise<void> {
  const files = new Map(Array.from({ length: clients }, (_, index) => [`client-${index}.yaml`, fileOf(index)]));
  const loading = performance.now();
  const { book, problems } = buildRuleBook([...files.keys()], (name) => ({ text: files.get(name) ?? '' }));
  const loaded = performance.now() - loading;
  if (book === null) {
    throw new Error(`the bench's own rules are wrong: ${problems[0]?.message}`);
  }
  const small = { version: 'small', files: book.files.slice(0, 10) };

  const indexed = perSecond(decisions, (index) => decide(book, registrationOf(index % clients)));
  const few = perSecond(decisions, (index) => decide(small, registrationOf(index % 10)));
  const naive = perSecond(naiveDecisions, (index) => searchAll(book, registrationOf((index * 7) % clients)));

  console.log(`${clients} clients, ${clients * rulesEach} rules`);
  console.log(
    `load           ${loaded.toFixed(0)} ms (${((loaded * 1_000) / (clients * rulesEach)).toFixed(0)} µs a rule)`,
  );
  console.log(`check          ${(await timeToCheck(files)).toFixed(0)} ms, from a folder`);
  console.log(`decide         ${rate(indexed)}`);
  console.log(`  10 clients   ${rate(few)} (${(few / indexed).toFixed(2)} times as fast)`);
  console.log(`naive search   ${rate(naive)} (indexed is ${(indexed / naive).toFixed(0)} times as fast)`);
}

/** `vestibule check` on these files, as it reads them from a folder; ms. */
async function timeToCheck(files: ReadonlyMap<string, string>): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-bench-'));
  try {
    await Promise.all([...files].map(([name, text]) => writeFile(join(dir, name), text)));
    const start = performance.now();
    await checkRules(dir);
    return performance.now() - start;
  } finally {
    await rm(dir, { recursive: true });
  }
}

function fileOf(client: number): string {
  const rules = Array.from(
    { length: rulesEach },
    (_, index) => `  - name: rule ${index}
    when: { email-domain: [${client}-${index}.example, "*.${client}-${index}.example"], source: form }
    then: [{ join-group: /group-${index} }]
`,
  );
  return `version: 1\nrealm: acme\nclients: [client-${client}]\nrules:\n${rules.join('')}`;
}

/** Held by the seventh rule of its client. */
function registrationOf(client: number): Facts {
  return {
    registration: {
      eventId: '00000000-0000-0000-0000-000000000000',
      time: 0,
      realm: 'acme',
      clientId: `client-${client}`,
      userId: '00000000-0000-0000-0000-000000000000',
      ip: '192.0.2.1',
      source: 'form',
      username: 'mia',
      email: `mia@${client}-6.example`,
      firstName: null,
      lastName: null,
      locale: null,
    },
  };
}

/** What a program without an index does: all files, from the top. */
function searchAll({ files }: RuleBook, facts: Facts): Rule | undefined {
  const { realm, clientId } = facts.registration;
  return files
    .filter((file) => file.realms.some((name) => matchesGlob(name, realm)))
    .filter((file) => file.clients.some((pattern) => matchesGlob(pattern, clientId)))
    .flatMap(({ rules }) => rules)
    .find((rule) => rule.when === null || evaluate(rule.when, facts).holds === true);
}

function perSecond(count: number, work: (index: number) => unknown): number {
  for (let index = 0; index < count / 10; index++) {
    work(index); // warm
  }
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    work(index);
  }
  return (count * 1_000) / (performance.now() - start);
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en')} a second`;
}
