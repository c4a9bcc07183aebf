import type { Registration } from '../../src/ingest/registration.ts';
import { parseList } from '../../src/rules/load/list-file.ts';
import { parseRuleFile } from '../../src/rules/load/file.ts';
import { evaluate, type Evaluation } from '../../src/rules/decide/evaluate.ts';
import type { Facts, RuleBook } from '../../src/rules/model.ts';
import type { UserFacts } from '../../src/ingest/user.ts';

export const registration: Registration = {
  eventId: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
  time: Date.parse('2026-11-24T10:00:00Z'), // a Tuesday
  realm: 'acme',
  clientId: 'shop',
  userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9',
  ip: '192.0.2.7',
  source: 'form',
  username: 'mia',
  email: 'mia@acme.com',
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
};

export const user: UserFacts = {
  username: 'mia',
  email: 'mia@acme.com',
  emailVerified: false,
  enabled: true,
  createdAt: registration.time,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};

/** What a condition of a rule file says, read by the loader. `condition` is YAML, `lists` the list files it names. */
export function judge(condition: string, facts: Partial<Facts>, lists: Record<string, string> = {}): Evaluation {
  const text = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: one\n    when: { ${condition} }\n    then: []\n`;
  const { ruleFile, problems } = parseRuleFile('shop.yaml', text, (path) => ({ lines: parseList(lists[path] ?? '') }));
  const when = ruleFile?.rules[0]?.when;
  if (when === null || when === undefined) {
    throw new Error(problems.map(({ message }) => message).join('; '));
  }
  return evaluate(when, { registration, ...facts });
}

/** A rule book of files given as YAML, by file name. */
export function bookOf(files: Record<string, string>): RuleBook {
  const parsed = Object.entries(files).map(([name, text]) => parseRuleFile(name, text, () => ({ lines: [] })));
  return {
    version: 'v1',
    files: parsed.map(({ ruleFile, problems }) => {
      if (ruleFile === null) {
        throw new Error(problems.map(({ message }) => message).join('; '));
      }
      return ruleFile;
    }),
  };
}
