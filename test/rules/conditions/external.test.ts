import { describe, expect, it } from '@jest/globals';

import { decide } from '../../../src/rules/decide/decide.ts';
import { membersOf } from '../../../src/rules/decide/questions.ts';
import type { Answer, Facts, Question } from '../../../src/rules/model.ts';
import { bookOf, judge, registration, user } from '../facts.ts';

const url = 'https://crm.acme.com/partners/check';
const asks = (answer: string, more = '') => `external: { url: "${url}", answer: ${answer}${more} }`;
const notAsked = { holds: 'unknown', missing: { kind: 'missing', what: 'external', question: { url, send: [] } } };

/** Facts in which every system answers that, and a list of what was asked. */
function answering(answer: Answer): { readonly facts: Partial<Facts>; readonly asked: Question[] } {
  const asked: Question[] = [];
  return { asked, facts: { user, answers: (question) => (asked.push(question), answer) } };
}

describe('src/rules/conditions/external', () => {
  it.each<[answer: string, given: string, holds: boolean]>([
    ['{ partner: true }', '{"partner":true}', true],
    ['{ partner: true }', '{"partner":true,"since":2019}', true],
    ['{ partner: true }', '{"partner":false}', false],
    ['{ partner: true }', '{"partner":"true"}', false],
    ['{ partner: true }', '{"partner":1}', false],
    ['{ partner: true }', '{"Partner":true}', false],
    ['{ partner: true }', '{"partner":null}', false],
    ['{ partner: true }', '{}', false],
    ['{ partner: false }', '{}', false],
    ['{ level: [gold, silver] }', '{"level":"silver"}', true],
    ['{ level: [gold, silver] }', '{"level":"bronze"}', false],
    ['{ level: gold, partner: true }', '{"level":"gold","partner":true}', true],
    ['{ level: gold, partner: true }', '{"level":"gold"}', false],
    ['{ count: 3 }', '{"count":3.0}', true],
    ['{ count: 3 }', '{"count":"3"}', false],
    ['{ toString: x }', '{"a":"b"}', false],
  ])('%s, answered %s: %s', (wanted, given, holds) => {
    const { facts } = answering(JSON.parse(given) as Answer);
    expect(judge(asks(wanted), facts).holds).toBe(holds);
  });

  it('is not known before the system was asked', () => {
    expect(judge(asks('{ partner: true }'), { user })).toEqual(notAsked);
    expect(judge(`not: { ${asks('{ partner: true }')} }`, { user })).toEqual(notAsked);
  });

  it('says which system was asked, without the query, and whether it answered so, and nothing else of the answer', () => {
    const { facts } = answering({ level: 'bronze', mail: 'mia@acme.com' });
    const secret =
      'external: { url: "https://crm.acme.com/check?key=s3cret#x", answer: { level: [gold, silver], ok: true } }';
    const because = 'https://crm.acme.com/check does not answer level: gold or silver, ok: true';
    expect(judge(secret, facts)).toEqual({ holds: false, because, grounds: 'external', asked: [because] });
  });

  it.each<[string, string, boolean]>([
    ['all', 'email-domain: other.example', false],
    ['any', 'email-domain: acme.com', true],
  ])('%s is settled without the system: %s', (kind, settles, holds) => {
    for (const both of [`[{ ${settles} }, { ${asks('{ a: 1 }')} }]`, `[{ ${asks('{ a: 1 }')} }, { ${settles} }]`]) {
      expect(judge(`${kind}: ${both}`, { user })).toMatchObject({ holds });
    }
  });

  it('is found out last: the user and counts may settle it', () => {
    const flood = 'registrations-over: { count: 5, within: 1h }';
    const verified = 'email-verified: true';
    expect(judge(`all: [{ ${asks('{ a: 1 }')} }, { ${flood} }, { ${verified} }]`, {})).toMatchObject({
      missing: { what: 'user' },
    });
    expect(judge(`any: [{ ${asks('{ a: 1 }')} }, { not: { ${flood} } }]`, { user })).toMatchObject({
      missing: { what: 'count' },
    });
    const counted = (count: number) => ({ user, counts: new Map([['["client","acme","shop",""]/3600000', count]]) });
    const both = `all: [{ ${asks('{ a: 1 }')} }, { ${flood} }]`;
    expect(judge(both, counted(6))).toEqual(notAsked);
    expect(judge(both, counted(5))).toMatchObject({ holds: false });
  });

  it.each([
    [asks('{}'), 'must name at least one member of the answer'],
    [asks('true'), 'must map members of the answer to a value, or a list of them'],
    [asks('{ partner: }'), 'answer.partner: must be text, a number, true or false'],
    [asks('{ partner: { deep: true } }'), 'answer.partner: must be text, a number, true or false'],
    [asks('{ partner: [] }'), 'answer.partner: must name at least one'],
    [asks('{ partner: [[true]] }'), 'must be text, a number, true or false'],
    [asks('{ id: 9007199254740993 }'), 'is too large to be compared exactly'],
    [asks('{ id: [9007199254740993] }'), 'is too large to be compared exactly'],
    [asks('{ "__proto__": true, partner: true }'), 'the key __proto__ is not allowed'],
    [asks('{ a: 1 }', ', send: phone'), 'send: must be email or username'],
    [asks('{ a: 1 }', ', secret: x'), 'secret: unknown key'],
    ['external: { url: "ftp://crm.acme.com", answer: { a: 1 } }', 'url: must be an http or https URL'],
    ['external: { url: "https://me:pass@crm.acme.com", answer: { a: 1 } }', 'without credentials'],
    ['external: { url: "https://[::1", answer: { a: 1 } }', 'must be a URL'],
    ['external: https://crm.acme.com', 'must be a map'],
  ])('takes no %s: %s', (condition, problem) => {
    expect(() => judge(condition, {})).toThrow(problem);
  });
});

const file = (rules: string) => bookOf({ 'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules}` });

describe('src/rules/decide: rules that ask', () => {
  const book = file(`
  - { name: verified, when: { email-verified: true }, then: [] }
  - { name: gold, when: { ${asks('{ level: gold }')} }, then: [] }
  - { name: partner, when: { not: { ${asks('{ partner: true }')} } }, then: [] }
  - { name: by mail, when: { ${asks('{ other: true }', ', send: [username, email]')} }, then: [] }
  - { name: rest, then: [] }
`);

  it('asks nothing where a rule before it decides', () => {
    const facts = { registration, user: { ...user, emailVerified: true } };
    expect(decide(book, facts)).toMatchObject({ kind: 'decided', matched: { rule: 'verified' } });
  });

  it('lacks the answer, and tries no later rule', () => {
    expect(decide(book, { registration, user })).toMatchObject({
      kind: 'missing',
      what: 'external',
      question: { url, send: [] },
      trace: [
        { rule: 'verified', verdict: 'not-matched' },
        { rule: 'gold', verdict: 'unknown', because: `depends on what ${url} answers, which was not asked` },
        { rule: 'partner', verdict: 'not-reached' },
        { rule: 'by mail', verdict: 'not-reached' },
        { rule: 'rest', verdict: 'not-reached' },
      ],
    });
  });

  it('traces what was asked, also where another rule decides', () => {
    const { facts } = answering({ level: 'silver', partner: true, other: false });
    expect(decide(book, { registration, user, ...facts })).toMatchObject({
      matched: { rule: 'rest' },
      trace: [
        { rule: 'verified' },
        { rule: 'gold', asked: [`${url} does not answer level: gold`] },
        { rule: 'partner', asked: [`${url} answers partner: true`] },
        { rule: 'by mail', asked: [`${url} does not answer other: true`] },
        { rule: 'rest' },
      ],
    });
  });

  it('keeps of an answer what any rule compares, by what is sent along', () => {
    expect(membersOf(book, { url, send: [] })).toEqual(['level', 'partner']);
    expect(membersOf(book, { url, send: ['email', 'username'] })).toEqual(['other']);
    expect(membersOf(book, { url: `${url}?x`, send: [] })).toEqual([]);
  });
});
