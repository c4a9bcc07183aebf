import { describe, expect, it } from '@jest/globals';

import { memoize } from '../../../src/operate/realm-check/memoize.ts';
import type { RealmProbe } from '../../../src/operate/realm-check/realm-facts.ts';
import { fakeProbe } from '../../fakes/realm-probe.ts';

const questions = Object.keys(fakeProbe()).filter((name) => name !== 'asked') as (keyof RealmProbe)[];

describe('src/operate/realm-check/memoize', () => {
  it('asks each question once, and answers no question with the answer of another', async () => {
    const asked: string[] = [];
    const answers = questions.map((name) => [name, async () => (asked.push(name), name)]);
    const probe = memoize(Object.fromEntries(answers));
    for (const name of [...questions, ...questions]) {
      const ask = probe[name] as (...given: unknown[]) => Promise<unknown>;
      await expect(ask('acme', { ownFlow: null })).resolves.toBe(name);
    }
    expect(asked).toEqual(questions);
  });
});
