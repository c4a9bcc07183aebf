import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { type Corpus, scenes } from '../../../generate/door/corpus.ts';
import { mia } from '../../../generate/door/scenes.ts';
import { answer } from '../../../src/rules/door/answer.ts';
import { compilePolicy } from '../../../src/rules/door/compile-policy.ts';
import { bookOf } from '../facts.ts';

const corpus = JSON.parse(readFileSync(join(import.meta.dirname, '../../door/corpus.json'), 'utf8')) as Corpus;

const written = scenes.flatMap(({ files, cases }) => {
  const policy = compilePolicy(bookOf(files));
  return cases.map(([why, visitor, door]) => ({ why, policy, visitor: { ...mia, ...visitor }, door }));
});

describe('the corpus of the door', () => {
  it.each(written)('answers as a person wrote down: $why', ({ policy, visitor, door }) => {
    const given = answer(policy, visitor);
    expect(given.rule === null ? given.door : `${given.door} ${given.rule}`).toBe(door);
  });

  it('is answered by the policies as they travel', () => {
    const wrong = corpus.cases.filter(({ policy, visitor, answer: wanted }) => {
      const given = answer(policyAt(policy), visitor);
      return JSON.stringify(given) !== JSON.stringify(wanted);
    });
    expect(wrong).toEqual([]);
  });

  it('is wide: enough cases, of each answer, at both moments, by hand and by chance', () => {
    const random = corpus.cases.filter(({ why }) => why.startsWith('random '));
    expect(corpus.cases.length - random.length).toBeGreaterThan(250);
    expect(random.length).toBeGreaterThan(400);
    for (const sent of [true, false]) {
      for (const door of ['open', 'gate', 'refuse']) {
        const some = random.filter(({ answer, visitor }) => answer.door === door && visitor.sent === sent);
        expect(some.length).toBeGreaterThan(15);
      }
    }
  });

  function policyAt(index: number) {
    const policy = corpus.policies[index];
    if (policy === undefined) {
      throw new Error(`the corpus has no policy ${index}`);
    }
    return policy;
  }
});
