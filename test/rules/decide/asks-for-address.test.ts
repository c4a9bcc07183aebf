import { describe, expect, it } from '@jest/globals';

import { asksForAddress } from '../../../src/rules/decide/asks-for-address.ts';
import { parseRuleFile } from '../../../src/rules/load/file.ts';

function asks(when: string): boolean {
  const text = `version: 1\nrealm: acme\nclients: blog\nrules:\n  - name: a rule\n    ${when}\n    then: []\n`;
  const { ruleFile, problems } = parseRuleFile('blog.yaml', text, () => ({ lines: [] }));
  if (ruleFile === null) {
    throw new Error(JSON.stringify(problems));
  }
  return asksForAddress({ version: 'v1', files: [ruleFile] });
}

describe('src/rules/decide/asks-for-address', () => {
  it.each([
    'when: { ip: 10.0.0.0/8 }',
    'when: { any: [{ email: "*@acme.com" }, { not: { ip: 10.0.0.0/8 } }] }',
    'when: { registrations-over: { count: 3, within: 1h, by: ip-range } }',
  ])('finds %s', (when) => expect(asks(when)).toBe(true));

  it.each([
    'dry-run: false',
    'when: { all: [{ email: "*@acme.com" }, { registrations-over: { count: 3, within: 1h } }] }',
  ])('finds nothing in %s', (when) => expect(asks(when)).toBe(false));
});
