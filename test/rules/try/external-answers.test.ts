import { describe, expect, it } from '@jest/globals';

import { formatProblem } from '../../../src/rules/load/problem.ts';
import { runRuleTests } from '../../../src/rules/try/rule-tests.ts';
import { bookOf } from '../facts.ts';

const url = 'https://crm.acme.com/partners/check';
const book = bookOf({
  'shop.yaml': `version: 1
realm: acme
clients: [shop]
rules:
  - name: own staff
    when: { email-domain: acme.com }
    then: []
  - name: known to the CRM
    when: { external: { url: "${url}", answer: { partner: true, level: [gold, silver] }, send: email } }
    then: [{ join-group: /partners }]
  - name: the rest
    then: []
`,
});

function run(line: string) {
  const { passed, problems } = runRuleTests(book, 'shop.test.yaml', `cases:\n  - ${line}\n`);
  return { passed, problems: problems.map(formatProblem) };
}

const event = 'event: { realm: acme, client: shop }';
const answer = (given: string) => `external: { "${url}": ${given} }`;

describe('src/rules/try/rule-tests: answers of systems', () => {
  it.each([
    ['{ partner: true, level: gold }', 'known to the CRM'],
    ['{ partner: true }', 'the rest'],
    ['{ partner: true, level: null }', 'the rest'],
    ['{}', 'the rest'],
  ])('are stated by the case: %s', (given, rule) => {
    expect(run(`{ name: x, ${event}, ${answer(given)}, expect: { rule: ${rule} } }`)).toEqual({
      passed: 1,
      problems: [],
    });
  });

  it('need not be stated where nobody is asked', () => {
    const staff = 'event: { realm: acme, client: shop, email: mia@acme.com }';
    expect(run(`{ name: x, ${staff}, expect: { rule: own staff } }`)).toEqual({ passed: 1, problems: [] });
  });

  it.each([
    [`{ name: x, ${event}, expect: { rule: the rest } }`, `"x": the case does not say what ${url} answers, state it`],
    [`{ name: x, ${event}, external: { "${url}?a": {} }, expect: { rule: the rest } }`, 'does not say what'],
    [`{ name: x, ${event}, ${answer('true')}, expect: { rule: the rest } }`, 'must be a map'],
    [
      `{ name: x, ${event}, ${answer('{ partner: false }')}, expect: { rule: known to the CRM } }`,
      `known to the CRM: ${url} does not answer partner: true, level: gold or silver`,
    ],
  ])('are missing or other ones: %s', (line, problem) => {
    const { passed, problems } = run(line);
    expect(passed).toBe(0);
    expect(problems.join('\n')).toContain(problem);
  });
});
