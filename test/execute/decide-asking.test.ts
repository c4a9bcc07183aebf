import { describe, expect, it } from '@jest/globals';

import { decideAsking, type RawAnswer, type Sources } from '../../src/execute/decide-asking.ts';
import type { Answered } from '../../src/jobs/payloads.ts';
import type { Question } from '../../src/rules/model.ts';
import { bookOf, registration, user } from '../rules/facts.ts';

const crm = 'https://crm.acme.com/check';
const erp = 'https://erp.acme.com/check';
const external = (url: string, answer: string) => `external: { url: "${url}", answer: { ${answer} } }`;
const rules = (...lines: string[]) =>
  bookOf({
    'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`,
  });
const book = rules(
  `{ name: gold, when: { ${external(crm, 'level: gold')} }, then: [] }`,
  `{ name: partner, when: { ${external(crm, 'partner: true')} }, then: [] }`,
  `{ name: both, when: { all: [{ ${external(crm, 'buyer: true')} }, { ${external(erp, 'ok: true')} }] }, then: [] }`,
  '{ name: rest, then: [] }',
);

function setup(answers: Readonly<Record<string, RawAnswer>>) {
  const asked: string[] = [];
  const saved: (readonly Answered[])[] = [];
  const sources: Sources = {
    count: () => 1,
    ask: async ({ url }: Question) => {
      asked.push(url);
      return answers[url] ?? Promise.reject(new Error('away'));
    },
    onAnswer: (answered) => void saved.push(answered),
  };
  const decide = (known: readonly Answered[] = [], given = book) =>
    decideAsking(given, { registration, user }, sources, known);
  return { asked, saved, decide };
}

describe('src/execute/decide-asking', () => {
  it('asks once what several rules ask, and nothing that another answer settles', async () => {
    const { asked, decide } = setup({ [crm]: { partner: false } });
    await expect(decide()).resolves.toMatchObject({ kind: 'decided', matched: { rule: 'rest' } });
    expect(asked).toEqual([crm]);
  });

  it('asks the next system where it matters', async () => {
    const { asked, decide } = setup({ [crm]: { buyer: true }, [erp]: { ok: true } });
    await expect(decide()).resolves.toMatchObject({ matched: { rule: 'both' } });
    expect(asked).toEqual([crm, erp]);
  });

  it('tells each answer before it counts, with what rules compare and nothing else', async () => {
    const answer = JSON.parse(
      '{"level":"gold","mail":"mia@acme.com","buyer":{"deep":true},"__proto__":{"partner":true}}',
    );
    const { saved, decide } = setup({ [crm]: answer as RawAnswer });
    await expect(decide()).resolves.toMatchObject({ matched: { rule: 'gold' } });
    expect(saved).toEqual([
      [{ question: { url: crm, send: [] }, answer: { level: 'gold', partner: null, buyer: null } }],
    ]);
  });

  it('keeps no value that is longer than any that a rule can name', async () => {
    const { saved, decide } = setup({ [crm]: { level: 'x'.repeat(1_001), partner: 'y'.repeat(1_000) } });
    await decide();
    expect(saved[0]?.[0]?.answer).toEqual({ level: null, partner: 'y'.repeat(1_000), buyer: null });
  });

  it('decides by the answers that it has, and asks nobody for them', async () => {
    const { asked, decide } = setup({});
    const known = [{ question: { url: crm, send: [] }, answer: { level: null, partner: true, buyer: null } }];
    await expect(decide(known)).resolves.toMatchObject({ matched: { rule: 'partner' } });
    expect(asked).toEqual([]);
  });

  it('asks again for a member that rules did not compare before', async () => {
    const { asked, saved, decide } = setup({ [crm]: { level: 'gold', colour: 'red' } });
    const known = [{ question: { url: crm, send: [] }, answer: { level: null } }];
    const changed = rules(
      `{ name: gold, when: { ${external(crm, 'level: gold')} }, then: [] }`,
      `{ name: red, when: { ${external(crm, 'colour: red')} }, then: [] }`,
    );
    await expect(decide(known, changed)).resolves.toMatchObject({ matched: { rule: 'gold' } });
    expect(asked).toEqual([crm]);
    expect(saved.at(-1)).toHaveLength(1);
  });

  it('does not decide without an answer', async () => {
    const { saved, decide } = setup({ [crm]: { buyer: true } });
    await expect(decide()).rejects.toThrow('away');
    expect(saved).toHaveLength(1);
  });

  it('says what is missing where nobody is to be asked', async () => {
    const facts = { registration, user };
    await expect(decideAsking(book, facts, { count: () => 1, ask: null })).resolves.toMatchObject({
      kind: 'missing',
      what: 'external',
    });
    const byUser = rules('{ name: verified, when: { email-verified: true }, then: [] }');
    await expect(decideAsking(byUser, { registration }, { count: () => 1, ask: null })).resolves.toMatchObject({
      kind: 'missing',
      what: 'user',
    });
  });
});
