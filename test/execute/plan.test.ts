import { describe, expect, it } from '@jest/globals';

import { decidedEntry, planOf, recipientOf } from '../../src/execute/plan.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { conditionByKey } from '../../src/rules/conditions/index.ts';
import type { Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { decide } from '../../src/rules/decide/decide.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const user: UserFacts = {
  username: 'mia',
  email: 'mia.new@example.test',
  emailVerified: false,
  enabled: true,
  createdAt: registeredAt,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: 'fr',
  attributes: {},
};
const unreachable = { ...mia, email: null };
const verified: Condition = { kind: 'is', key: 'email-verified', operand: true };
const byName = (name: string): Condition => ({
  kind: 'is',
  key: 'username',
  operand: conditionByKey.get('username')?.operand.parse(name),
});
const closing: Step = { uses: 'disable-user', with: null, after: null };
const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };

function decided(rules: readonly Partial<Rule>[], clients = ['partner-portal']) {
  const usual = { name: 'r', file: 'portal.yaml', line: 4, when: null, then: [closing, joining], dryRun: false };
  const all = rules.map((rule) => ({ ...usual, ...rule }));
  const files = [{ file: 'portal.yaml', realms: ['acme'], clients, application: null, hold: null, rules: all }];
  const book: RuleBook = { version: 'v1', files };
  const decision = decide(book, { registration: mia, user });
  if (decision.kind !== 'decided') {
    throw new Error('a fact is missing');
  }
  return decision;
}

describe('src/execute/plan', () => {
  describe('reaches the person', () => {
    it('at the address of the registration, in the language that Keycloak has', () => {
      expect(recipientOf(mia, user)).toEqual({ address: 'mia@example.test', locale: 'fr', name: 'Mia Meyer' });
    });

    it('at the address that Keycloak has, where the registration tells none', () => {
      expect(recipientOf(unreachable, user)).toEqual({
        address: 'mia.new@example.test',
        locale: 'fr',
        name: 'Mia Meyer',
      });
    });

    it('in the language of the registration, where Keycloak has none or the user was not read', () => {
      for (const found of [{ ...user, locale: null }, null]) {
        expect(recipientOf(mia, found)).toEqual({ address: 'mia@example.test', locale: 'de', name: 'Mia Meyer' });
      }
    });

    it('nowhere without an address', () => {
      expect(recipientOf(unreachable, { ...user, email: null })).toBeNull();
      expect(recipientOf(unreachable, null)).toBeNull();
    });

    it('with the question to confirm the address, only if Keycloak wants that and it is not done', () => {
      const wanted = { ...user, requiredActions: ['VERIFY_EMAIL'] };
      expect(recipientOf(mia, wanted)).toMatchObject({ toVerify: true });
      expect(recipientOf(mia, { ...wanted, emailVerified: true })).not.toHaveProperty('toVerify');
      expect(recipientOf(mia, user)).not.toHaveProperty('toVerify');
    });
  });

  describe('records a decision', () => {
    it('with the rule, the steps and what the rule found, without what the person typed', () => {
      const decision = decided([{ name: 'first', when: verified }, { when: byName('mia') }, { name: 'last' }]);
      const entry = decidedEntry(mia, decision);
      expect(entry).toEqual({
        kind: 'decided',
        realm: 'acme',
        clientId: 'partner-portal',
        userId: mia.userId,
        eventId: mia.eventId,
        rule: { file: 'portal.yaml', line: 4, rule: 'r' },
        version: 'v1',
        outcome: 'disable-user, join-group',
        because: 'username',
      });
      expect(JSON.stringify(entry)).not.toMatch(/mia@|Meyer|192\.0\.2/);
    });

    it('of a dry run as one', () => {
      const entry = decidedEntry(mia, decided([{ dryRun: true }]));
      expect(entry.outcome).toBe('dry-run: disable-user, join-group');
    });

    it('without a rule: by what the last rule found', () => {
      const decision = decided([
        { name: 'first', when: verified },
        { name: 'second', when: verified },
        { name: 'last', when: byName('eve') },
      ]);
      const entry = decidedEntry(mia, decision);
      expect(entry).toMatchObject({ outcome: 'no-rule', because: 'username' });
      expect(entry).not.toHaveProperty('rule');
    });

    it('of a client that no rule file names', () => {
      const entry = decidedEntry(mia, decided([{}], ['another']));
      expect(entry).toMatchObject({ outcome: 'no-rule', because: 'no rule file names this client' });
    });
  });

  it('keeps of a decision what the job needs to resume', () => {
    const decision = decided([{}]);
    expect(planOf(decision, mia, { ...user, enabled: false })).toEqual({
      decision: {
        version: 'v1',
        matched: { file: 'portal.yaml', line: 4, rule: 'r' },
        steps: [closing, joining],
        application: 'partner-portal',
        language: null,
        dryRun: false,
      },
      record: decidedEntry(mia, decision),
      done: 0,
      person: { address: 'mia@example.test', locale: 'fr', name: 'Mia Meyer' },
      accountWasEnabled: false,
    });
  });
});
