import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Registration } from '../src/registration/registration.ts';
import { decide } from '../src/rules/decide.ts';
import { evaluate } from '../src/rules/evaluate.ts';
import { matchesGlob } from '../src/rules/glob.ts';
import { loadRules } from '../src/rules/load.ts';
import type { RuleBook } from '../src/rules/model.ts';

const clients = 1_000;
const rulesPerClient = 10;

/** Decisions per second with 1,000 clients and 10,000 rules, beside an evaluation that looks at every rule in turn. */
export async function run(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-bench-'));
  try {
    const load = await loadTimed(dir, clients);
    const small = await loadTimed(dir, 10);
    console.log(`load and check: ${clients} files, ${clients * rulesPerClient} rules in ${Math.round(load.ms)} ms`);
    const many = perSecond((index) => decide(load.book, { registration: registrationOf(index % clients) }));
    const few = perSecond((index) => decide(small.book, { registration: registrationOf(index % 10) }));
    const naive = perSecond((index) => linear(load.book, registrationOf(index % clients)));
    console.log(
      `decide: ${Math.round(many / 1_000)} thousand per second with ${clients} clients, ${(many / few).toFixed(2)} of the speed with 10`,
    );
    console.log(`against one rule after the other: ${Math.round(many / naive)} times as fast`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function loadTimed(parent: string, count: number): Promise<{ book: RuleBook; ms: number }> {
  const dir = join(parent, String(count));
  await mkdir(dir);
  for (let client = 0; client < count; client++) {
    await writeFile(join(dir, `client-${client}.yaml`), fileOf(client));
  }
  const startedAt = performance.now();
  const { book, problems } = await loadRules(dir);
  if (book === null) {
    throw new Error(problems[0]?.message ?? 'the rules are not usable');
  }
  return { book, ms: performance.now() - startedAt };
}

function fileOf(client: number): string {
  const rules = Array.from({ length: rulesPerClient }, (_, rule) => {
    const when =
      rule === rulesPerClient - 1
        ? ''
        : `    when: { email-domain: [d${rule}.test, "*.d${rule}.test"], source: form }\n`;
    return `  - name: rule ${rule}\n${when}    then: [{ join-group: /g${rule} }]\n`;
  });
  return `version: 1\nrealm: acme\nclients: [client-${client}]\nrules:\n${rules.join('')}`;
}

function registrationOf(client: number): Registration {
  const unknown = { ip: null, username: null, firstName: null, lastName: null };
  return {
    eventId: '',
    time: 0,
    realm: 'acme',
    clientId: `client-${client}`,
    userId: '',
    source: 'form',
    email: 'mia@sub.d8.test',
    ...unknown,
  };
}

function linear(book: RuleBook, registration: Registration): string | null {
  for (const { realms, clients, rules } of book.files) {
    if (
      realms.some((realm) => matchesGlob(realm, registration.realm)) &&
      clients.some((client) => matchesGlob(client, registration.clientId))
    ) {
      return rules.find(({ when }) => when === null || evaluate(when, { registration }).holds === true)?.name ?? null;
    }
  }
  return null;
}

function perSecond(work: (index: number) => unknown): number {
  for (let index = 0; index < 200; index++) {
    work(index);
  }
  const startedAt = performance.now();
  let done = 0;
  while (performance.now() - startedAt < 2_000) {
    for (let index = 0; index < 20; index++) {
      work(done + index);
    }
    done += 20;
  }
  return (done * 1_000) / (performance.now() - startedAt);
}
