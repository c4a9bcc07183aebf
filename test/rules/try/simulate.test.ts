import { describe, expect, it } from '@jest/globals';

import type { Facts } from '../../../src/rules/model.ts';
import { comparison, simulate } from '../../../src/rules/try/simulate.ts';
import { bookOf, registration } from '../facts.ts';

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

describe('src/rules/try/simulate', () => {
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
              from: { steps: [{ uses: 'disable-user' }], because: 'no condition' },
              to: {
                steps: [{ uses: 'join-group', with: { group: '/a' } }],
                because: 'e-mail domain "acme.org" is among acme.*',
              },
            },
            { userId: 'user-2' },
          ],
        },
      ],
    });
  });

  it('counts who would be refused before there is an account, whoever else is treated differently', async () => {
    const closed = (domain: string) =>
      bookOf(file(`{ name: closed, when: { email-domain: ${domain} }, then: [refuse-registration] }`));
    expect(await simulate(closed('acme.com'), closed('acme.org'), people)).toMatchObject({
      different: 3,
      refusedAtDoor: { current: 1, proposed: 2 },
    });
    const disabling = bookOf(
      file('{ name: closed, when: { email-domain: acme.com }, then: [disable-user, { notify-user: refused }] }'),
    );
    expect(await simulate(disabling, closed('acme.com'), people)).toMatchObject({
      different: 1,
      refusedAtDoor: { current: 0, proposed: 1 },
      moves: [{ examples: [{ to: { steps: [{ uses: 'refuse-registration' }] } }] }],
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
      different: 0,
      undecided: 1,
      moves: [
        {
          from: 'undecided',
          to: 'shop.yaml: ours',
          undecided: true,
          examples: [{ from: { because: 'depends on the user as Keycloak has it' } }],
        },
      ],
    });
  });

  it('can tell of everybody where both rule books are of one mind, whatever they ask', async () => {
    const asking = (name: string) =>
      bookOf(
        file(
          `{ name: ${name}, when: { email-verified: true, username: { regex: "a+" }, ip: 10.0.0.0/8 }, then: [disable-user] }`,
        ),
      );
    expect(await simulate(asking('one'), asking('two'), people)).toMatchObject({ different: 0, undecided: 0 });
  });

  it('finds nobody when rules or steps change places without effect, and all whom another rule now reaches first', async () => {
    const first = '{ name: first, when: { email-domain: "acme.*" }, then: [{ join-group: /a }, { join-group: /b }] }';
    const swapped = first.replace(
      '[{ join-group: /a }, { join-group: /b }]',
      '[{ join-group: /b }, { join-group: /a }]',
    );
    const second = '{ name: second, when: { email-domain: acme.org }, then: [disable-user] }';
    const third = '{ name: third, when: { email-domain: other.example }, then: [log-out-user] }';
    const before = bookOf(file(first, second, third));
    expect((await simulate(before, bookOf(file(third, swapped, second)), people)).different).toBe(0);
    expect(await simulate(before, bookOf(file(second, first, third)), people)).toMatchObject({
      different: 2,
      moves: [{ from: 'shop.yaml: first', to: 'shop.yaml: second', count: 2 }],
    });
  });

  it('takes a dry run for what it does, which is nothing', async () => {
    const rule = '{ name: closed, then: [disable-user] }';
    const dry = rule.replace('then', 'dry-run: true, then');
    const nothing = { version: 'v2', files: [] };
    expect((await simulate(nothing, bookOf(file(dry)), people)).different).toBe(0);
    expect(await simulate(bookOf(file(dry)), bookOf(file(rule)), people)).toMatchObject({
      different: 4,
      moves: [
        {
          from: 'shop.yaml: closed (dry run)',
          to: 'shop.yaml: closed',
          examples: { 0: { from: { dryRun: true }, to: { dryRun: false } } },
        },
      ],
    });
  });

  it('follows a rule into another file', async () => {
    const rules = 'rules: [{ name: closed, then: [disable-user] }]\n';
    const glob = bookOf({ 'all.yaml': `version: 1\nrealm: acme\nclients: "*"\n${rules}` });
    const exact = bookOf({ 'shop.yaml': `version: 1\nrealm: acme\nclients: [shop]\n${rules}` });
    expect((await simulate(glob, exact, people)).different).toBe(0);
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

  it('says of whom it cannot tell under the new rules, and on what that depends', async () => {
    const flood = '{ name: flood, when: { registrations-over: { count: 5, within: 1h } }, then: [disable-user] }';
    expect(await simulate(current, bookOf(file(flood)), people.slice(0, 1))).toMatchObject({
      different: 0,
      undecided: 1,
      moves: [
        {
          from: 'shop.yaml: ours',
          to: 'undecided',
          examples: [{ to: { rule: null, undecided: true, steps: [], dryRun: false, because: 'depends on a count' } }],
        },
      ],
    });
  });

  it('cannot tell of whom the event has not the headers that the new rules ask for', async () => {
    const strangers = '{ name: strangers, when: { request-header: { x-a: "*" } }, then: [refuse-registration] }';
    const result = await simulate(current, bookOf(file(strangers)), people.slice(0, 1));
    const because = 'depends on request headers that the event does not tell: x-a';
    expect(result).toMatchObject({
      undecided: 1,
      refusedAtDoor: { current: 0, proposed: 0 },
      moves: [{ examples: [{ to: { because } }] }],
    });
  });

  it('has the most frequent move first, and those of whom it cannot tell last', async () => {
    const asking = '{ name: a, when: { email-domain: acme.org, email-verified: true }, then: [log-out-user] }';
    const result = await simulate(
      current,
      bookOf(file(asking)),
      from('b@acme.org', 'c@acme.org', 'd@acme.org', 'a@acme.com', 'e@other.example', 'f@other.example'),
    );
    expect(result.moves.map(({ from: before, to, count }) => [before, to, count])).toEqual([
      ['shop.yaml: rest', 'no rule', 2],
      ['shop.yaml: ours', 'no rule', 1],
      ['shop.yaml: rest', 'undecided', 3],
    ]);
  });

  it('says by what the last rule was left, where none decides', async () => {
    const proposed = bookOf(
      file(
        '{ name: a, when: { email-domain: a.example }, then: [disable-user] }',
        '{ name: b, when: { email-domain: b.example }, then: [disable-user] }',
        '{ name: c, when: { email-domain: c.example }, then: [disable-user] }',
      ),
    );
    const { moves } = await simulate(current, proposed, people.slice(0, 1));
    expect(moves[0]?.examples[0]?.to.because).toBe('e-mail domain "acme.com" is not among c.example');
  });

  it('compares two rule books for a client once: by what its rules do', () => {
    const renamed = bookOf(
      file(
        '{ name: staff, when: { email-domain: acme.com }, then: [{ join-group: /a }] }',
        '{ name: x, then: [disable-user] }',
      ),
    );
    const [facts] = people;
    if (facts === undefined) {
      throw new Error('nobody');
    }
    for (const [proposed, same] of [
      [renamed, true],
      [bookOf(file('{ name: rest, then: [disable-user] }')), false],
      [{ version: 'v2', files: [] }, false],
    ] as const) {
      const sameFor = comparison(current, proposed);
      expect([sameFor(facts), sameFor(facts)]).toEqual([same, same]);
    }
    expect(comparison({ version: 'a', files: [] }, { version: 'b', files: [] })(facts)).toBe(true);
  });
});
