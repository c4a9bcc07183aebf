import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { rulesWithStep } from '../../../src/rules/decide/with-step.ts';

const { ruleFile } = parseRuleFile(
  'a.yaml',
  `version: 1
realm: acme
clients: [shop]
rules:
  - name: calls
    when: { source: form }
    then: [{ webhook: https://crm.acme.com/ }]
  - name: calls once approved
    when: { source: "broker:*" }
    then:
      - request-approval: { approvers: [desk@acme.com], approved: [{ webhook: https://crm.acme.com/ }] }
  - name: does not call
    then: [disable-user]
`,
  () => ({ problem: 'no lists here' }),
);

describe('src/rules/decide/with-step', () => {
  it('finds a step among those of a rule and among those that follow an approval', () => {
    const book = { version: 'x', files: ruleFile === null ? [] : [ruleFile] };
    expect(rulesWithStep(book, 'webhook').map(({ name, line }) => [name, line])).toEqual([
      ['calls', 5],
      ['calls once approved', 8],
    ]);
  });
});
