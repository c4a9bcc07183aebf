import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import { file, rule } from '../corpus.ts';

const problemsOf = (text: string) =>
  parseRuleFile('a.yaml', text, () => ({ lines: [] })).problems.map((problem) => formatProblem(problem));

describe('src/rules/load/find-secrets', () => {
  it.each([
    'https://crm.test/hook?token=Sw0rdf1sh',
    'https://crm.test/hook?a=b&api_key=Sw0rdf1sh',
    'https://crm.test/hook?sig=Sw0rdf1sh',
  ])('warns of the secret in the webhook %s, at its place, and does not repeat it', (url) => {
    const problems = problemsOf(rule(`webhook: "${url}"`));
    expect(problems).toEqual([
      'a.yaml:7:18 warning: a secret seems to stand here, take it out, and change it: everybody who reads rule files has read it',
    ]);
  });

  it.each([
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    '-----BEGIN RSA PRIVATE KEY-----',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl',
    'ghp_0123456789abcdefghij',
    'redis://user:Sw0rdf1sh@redis.test',
  ])('warns of %s wherever it stands', (text) => {
    expect(problemsOf(rule(`set-user-attribute: { name: note, value: "${text}" }`))).toEqual([
      expect.stringContaining('a secret seems to stand here'),
    ]);
    expect(problemsOf(file(`- name: "${text}"`, '  then: []'))).toHaveLength(1);
  });

  it.each([
    'https://crm.test/hook?source=keycloak',
    'https://crm.test/token/of/nobody',
    'a key of the house',
    'keys: a@b.c',
  ])('has nothing to say of %s', (text) => {
    expect(problemsOf(file(`- name: "${text}"`, '  then: []'))).toEqual([]);
  });
});
