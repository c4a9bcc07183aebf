import { choose } from '../rules/decide/choose.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Approval } from './approval.ts';

/** The time zone of the readers of a client's rule file, by the rules in force; `null`: the file names none. */
export function zoneOfClient(book: RuleBook, { realm, clientId }: Pick<Approval, 'realm' | 'clientId'>): string | null {
  return choose(book, realm, clientId)?.timeZone ?? null;
}

/** The time zone of an approver, by number, under the rules in force. */
export function zoneUnder(book: RuleBook, approval: Approval, approver: number): string {
  return zoneOf(approval, approver, zoneOfClient(book, approval));
}

/** The time zone of an approver, by number: their own, else that of the rule file, else UTC. */
export function zoneOf({ zones }: Pick<Approval, 'zones'>, approver: number, ofClient: string | null): string {
  return zones?.[approver] ?? ofClient ?? 'UTC';
}
