import { describe, expect, it } from '@jest/globals';

import type { Facts } from '../../src/rules/model.ts';
import { simulate } from '../../src/rules/simulate.ts';
import { bookOf, registration } from './facts.ts';

const file = (...rules: string[]): Record<string, string> => ({
  'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules.map((line) => `  - ${line}\n`).join('')}`,
});
const current = bookOf(
  file(
    '{ name: ours, when: { email-domain: acme.com }, then: [{ join-group: /a }] }',
    '{ name: rest, then: [disable-user] }',
  ),
);
const from = (...emails: string[]): Facts[] =>
  emails.map((email, index) => ({ registration: { ...registration, email, userId: `user-${index}` } }));
const people = from('a@acme.com', 'b@acme.org', 'c@acme.org', 'd@other.example');

describe('src/rules/simulate', () => {
  it('counts, by rule, who would be treated differently, and says why', async () => {
    const proposed = bookOf(
      file(
        '{ name: ours, when: { email-domain: "acme.*" }, then: [{ join-group: /a }] }',
        '{ name: rest, then: [disable-user] }',
      ),
    );
    expect(await simulate(current, proposed, people)).toMatchObject({
      registrations: 4,
      different: 2,
      undecided: 0,
      moves: [
        {
          from: 'shop.yaml: rest',
          to: 'shop.yaml: ours',
          count: 2,
          examples: [
            {
              userId: 'user-1',
              from: { steps: ['disable-user'], because: 'no condition' },
              to: { steps: ['join-group'], because: 'e-mail domain "acme.org" is among acme.*' },
            },
            { userId: 'user-2' },
          ],
        },
      ],
    });
  });

  it('finds nobody when rules are only renamed, and everybody when they are gone', async () => {
    const renamed = bookOf(
      file(
        '{ name: staff, when: { email-domain: acme.com }, then: [{ join-group: /a }] }',
        '{ name: x, then: [disable-user] }',
      ),
    );
    expect((await simulate(current, renamed, people)).different).toBe(0);
    const gone = { version: 'v2', files: [] };
    expect(await simulate(current, gone, people)).toMatchObject({
      different: 4,
      moves: [
        { from: 'shop.yaml: rest', to: 'no rule', count: 3 },
        { from: 'shop.yaml: ours', to: 'no rule', count: 1 },
      ],
    });
  });

  it('notices another group in the same rule', async () => {
    const moved = bookOf(
      file(
        '{ name: ours, when: { email-domain: acme.com }, then: [{ join-group: /b }] }',
        '{ name: rest, then: [disable-user] }',
      ),
    );
    expect((await simulate(current, moved, people)).different).toBe(1);
  });

  it('says of whom it cannot tell, instead of guessing', async () => {
    const asking = bookOf(file('{ name: verified, when: { email-verified: true }, then: [disable-user] }'));
    expect(await simulate(asking, current, people.slice(0, 1))).toMatchObject({
      undecided: 1,
      moves: [{ from: 'undecided', to: 'shop.yaml: ours', examples: [{ from: { because: 'hangs on the user' } }] }],
    });
  });

  it('takes registrations as they come, shows progress, and keeps a few examples of each move', async () => {
    async function* stream(): AsyncGenerator<Facts> {
      for (const facts of from(...Array.from({ length: 2_500 }, () => 'x@acme.com'))) {
        yield await Promise.resolve(facts);
      }
    }
    const progress: number[] = [];
    const result = await simulate(current, { version: 'v2', files: [] }, stream(), (done) => void progress.push(done));
    expect(progress).toEqual([1_000, 2_000, 2_500]);
    expect(result.moves[0]).toMatchObject({ count: 2_500, examples: { length: 5 } });
  });
});
