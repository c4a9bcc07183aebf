import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { knownVisitors, plainRuleFiles, ruleFiles, visitors } from '../../../generate/door/arbitrary.ts';
import type { UserFacts } from '../../../src/ingest/user.ts';
import { choose } from '../../../src/rules/decide/choose.ts';
import { decide } from '../../../src/rules/decide/decide.ts';
import { answer, judge } from '../../../src/rules/door/answer.ts';
import { compilePolicy } from '../../../src/rules/door/compile-policy.ts';
import type { Visitor } from '../../../src/rules/door/evaluate.ts';
import type { DoorCondition, DoorPolicy, DoorRule } from '../../../src/rules/door/policy.ts';
import type { Decision, Facts, RuleBook } from '../../../src/rules/model.ts';
import { alwaysCounts } from '../../../src/rules/try/rule-tests.ts';
import { bookOf, registration, user as somebody } from '../facts.ts';

/** What nobody knows at the door. */
const rest = fc.record({
  username: fc.constantFrom('mia', 'bot-7', 'root'),
  email: fc.constantFrom('mia@acme.com', 'a@trash.example', 'a@BÜCHER.example', null),
  locale: fc.constantFrom('de', 'pt', 'fr', null),
  emailVerified: fc.boolean(),
  company: fc.constantFrom('ACME', 'other'),
  count: fc.integer({ min: 1, max: 2 }),
});

/** The registration that the visitor's becomes, and the account. */
function factsOf({ realm, client, source, ip, locale, time, headers, sent, ...typed }: Visitor, more: Rest): Facts {
  const username = typed.username ?? more.username;
  const email = sent ? typed.email : more.email;
  const sentWith = { 'x-partner-id': null, 'x-country': null, ...headers };
  // Of a header that the request has several times, the event says nothing.
  const known = Object.fromEntries(Object.entries(sentWith).filter(([name]) => headers?.[name] !== null));
  const user: UserFacts = {
    ...somebody,
    username,
    email,
    emailVerified: more.emailVerified,
    locale: more.locale,
    attributes: { company: [more.company] },
  };
  return {
    registration: {
      ...registration,
      realm,
      clientId: client,
      source,
      ip,
      locale,
      time,
      headers: known,
      username,
      email,
    },
    user,
    counts: alwaysCounts(more.count),
  };
}

type Rest = typeof rest extends fc.Arbitrary<infer T> ? T : never;

function decided(book: RuleBook, facts: Facts): Decision {
  const decision = decide(book, facts);
  if (decision.kind === 'missing') {
    throw new Error('every fact is given');
  }
  return decision;
}

/** The policy, where each condition that nobody can know at the door holds or does not, by chance. */
function settledBy(chance: Iterator<boolean>, { lists, ...others }: DoorPolicy): DoorPolicy {
  const settle = (condition: DoorCondition): DoorCondition => {
    switch (condition.kind) {
      case 'unknown':
        return { kind: chance.next().value === true ? 'all' : 'any', of: [] };
      case 'not':
        return { kind: 'not', of: settle(condition.of) };
      case 'is':
        return condition;
      default:
        return { kind: condition.kind, of: condition.of.map(settle) };
    }
  };
  const ruleOf = ({ when, ...rest }: DoorRule): DoorRule => ({ ...rest, when: when && settle(when) });
  return { ...others, lists: lists.map((list) => ({ ...list, rules: list.rules.map(ruleOf) })) };
}

const travelled = (policy: DoorPolicy): DoorPolicy => JSON.parse(JSON.stringify(policy)) as DoorPolicy;
const runs = { numRuns: 200 };
/** Where few samples fit, and the others are skipped. */
const fewer = { numRuns: 50 };

describe('the door and the rules', () => {
  it('agree on whom they refuse, whatever else comes to light', () => {
    fc.assert(
      fc.property(ruleFiles, visitors, rest, (files, visitor, more) => {
        const book = bookOf(files);
        const { door, file, line, rule } = answer(compilePolicy(book), visitor);
        fc.pre(door === 'refuse');
        const { matched, written } = decided(book, factsOf(visitor, more));
        expect(matched).toEqual({ file, line, rule });
        expect(written.map(({ uses }) => uses)).toEqual(['refuse-registration']);
      }),
      fewer,
    );
  });

  it('agree on the rule where everything is known', () => {
    fc.assert(
      fc.property(plainRuleFiles, knownVisitors, rest, (files, visitor, more) => {
        const book = bookOf(files);
        const { list, rule, unknown } = judge(compilePolicy(book), visitor);
        const { matched } = decided(book, factsOf(visitor, more));
        expect(unknown).toBeNull();
        expect(rule === null ? null : { file: list?.file, line: rule.line, rule: rule.rule }).toEqual(matched);
      }),
      runs,
    );
  });

  it('agree on the file', () => {
    fc.assert(
      fc.property(ruleFiles, visitors, (files, visitor) => {
        const book = bookOf(files);
        const file = choose(book, visitor.realm, visitor.client)?.file;
        expect(judge(compilePolicy(book), visitor).list?.file).toBe(file);
      }),
      runs,
    );
  });

  it('let nobody in at once whom the rules may lock out, in a file that holds', () => {
    fc.assert(
      fc.property(ruleFiles, visitors, (files, visitor) => {
        const book = bookOf(files);
        fc.pre(choose(book, visitor.realm, visitor.client)?.hold === 'gate');
        expect(answer(compilePolicy(book), visitor).door).not.toBe('open');
      }),
      fewer,
    );
  });
});

describe('the door', () => {
  it('never opens for what a person typed or sent, whatever the file holds', () => {
    const typing = visitors
      .filter(({ sent }) => sent)
      .map(({ locale, ...others }): Visitor => ({ ...others, locale: locale ?? 'fr' }));
    const settling = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(ruleFiles, typing, settling, (files, visitor, settled) => {
        const policy = compilePolicy(bookOf(files));
        const { unknown } = judge(policy, visitor);
        // If the rest were known, what was typed would still end the list at this rule.
        const ends = judge(settledBy(settled, policy), visitor).unknown;
        fc.pre(unknown !== null && ends?.line === unknown.line);
        expect(answer(policy, visitor).door).toBe('gate');
      }),
      fewer,
    );
  });

  it('keeps a refusal when the form is sent', () => {
    fc.assert(
      fc.property(ruleFiles, visitors, visitors, (files, place, { sent, username, email }) => {
        const policy = compilePolicy(bookOf(files));
        const opened = answer(policy, { ...place, sent: false, username: null, email: null });
        fc.pre(opened.door === 'refuse' && sent);
        expect(answer(policy, { ...place, sent, username, email })).toEqual(opened);
      }),
      fewer,
    );
  });

  it('answers alike by a policy that was compiled again, or travelled', () => {
    fc.assert(
      fc.property(ruleFiles, visitors, (files, visitor) => {
        const policy = compilePolicy(bookOf(files));
        expect(JSON.stringify(compilePolicy(bookOf(files)))).toBe(JSON.stringify(policy));
        expect(travelled(policy)).toEqual(policy);
        expect(answer(travelled(policy), visitor)).toEqual(answer(policy, visitor));
      }),
      runs,
    );
  });
});
