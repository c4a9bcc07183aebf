import { comparedMembers, externalKey } from '../conditions/external.ts';
import { hasVerified } from '../decide/verification.ts';
import type { Condition, Rule, Step } from '../model.ts';
import { placesOf } from './places.ts';
import type { Report } from './report.ts';

const grants: ReadonlySet<Step['uses']> = new Set<Step['uses']>(['join-group', 'grant-role']);

/**
 * Warns of rules that give something to everybody who types the right address. What follows an approval is left out:
 * there a person has looked.
 */
export function findUnsafeGrants(report: Report, rules: readonly Rule[]): void {
  let verifiedOnly = false;
  for (const { when, then } of rules) {
    if (when !== null && !verifiedOnly && !hasVerified(then) && restsOnAddress(when, false)) {
      for (const step of then.filter(({ uses }) => grants.has(uses))) {
        report.warn(
          placesOf(step)[0],
          'everybody who types such an address gets this, and nothing proves that the address is theirs',
          'add "email-verified: true" or "source: broker:ALIAS" to "when"',
        );
      }
    }
    verifiedOnly ||= when !== null && proves({ kind: 'not', of: when });
  }
}

/** Whether an address alone can make the condition hold. */
function restsOnAddress(condition: Condition, proven: boolean): boolean {
  switch (condition.kind) {
    case 'is':
      return !proven && comparesAddress(condition);
    case 'not':
      return false;
    case 'any':
      return condition.of.some((inner) => restsOnAddress(inner, proven));
    case 'all': {
      const all = proven || condition.of.some(proves);
      return condition.of.some((inner) => restsOnAddress(inner, all));
    }
  }
}

/** Also a system that is asked by the address. */
function comparesAddress({ key, operand }: Extract<Condition, { kind: 'is' }>): boolean {
  return (
    key === 'email-domain' ||
    key === 'email' ||
    (key === externalKey && comparedMembers(operand).question.send.includes('email'))
  );
}

/** Whether the condition holds only for a verified address, or for people whom an identity provider sends. */
function proves(condition: Condition): boolean {
  switch (condition.kind) {
    case 'is':
      return isVerified(condition, true) || (condition.key === 'source' && allBrokers(condition.operand));
    case 'not':
      return isVerified(condition.of, false) || (condition.of.kind === 'not' && proves(condition.of.of));
    case 'any':
      return condition.of.every(proves);
    case 'all':
      return condition.of.some(proves);
  }
}

function isVerified(condition: Condition, wanted: boolean): boolean {
  return condition.kind === 'is' && condition.key === 'email-verified' && condition.operand === wanted;
}

function allBrokers(operand: unknown): boolean {
  return Array.isArray(operand) && operand.every((source) => String(source).startsWith('broker:'));
}
