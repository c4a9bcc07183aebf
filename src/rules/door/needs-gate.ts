import { compilePolicy } from './compile-policy.ts';
import type { RuleBook } from '../model.ts';
import type { DoorList } from './policy.ts';
import { somePart } from './some-part.ts';

/** What a person types or sends, and only the service may be able to read. */
const readByService: ReadonlySet<string> = new Set(['email-domain', 'email', 'username', 'request-header']);

/**
 * Whether the door may answer with the gate: because a file holds there, or because the door may not know whether a refusal,
 * or a rule before it, holds. By what they type or send, people can see to that. Where no gate stands, they get past it.
 */
export function needsGate(book: RuleBook): boolean {
  return compilePolicy(book).lists.some((list) => list.hold || canBeUnclear(list));
}

function canBeUnclear({ rules }: DoorList): boolean {
  const lastRefusal = rules.findLastIndex(({ door }) => door === 'refuse');
  return rules
    .slice(0, lastRefusal + 1)
    .some(({ when }) => somePart(when, (part) => part.kind === 'is' && readByService.has(part.key)));
}
