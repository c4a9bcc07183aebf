import type { RuleBook } from '../../../rules/model.ts';
import { compilePolicy } from '../../../rules/door/compile-policy.ts';
import { error, type Finding, fine, warning } from '../finding.ts';

/** What the topic of the door has. */
export interface DoorFacts {
  /** The newest policy that is signed with a key of EVENT_SIGNING_KEY; `null`: there is none. */
  readonly version: string | null;
  /** Whether each of its records is the last of its key: a Keycloak that starts now finds it. */
  readonly whole: boolean;
  /** Records that no key of ours signed. */
  readonly unsigned: number;
}

/** Without a key nobody would believe a policy. That is a fault only where rules need the door. */
export function doorKeyFindings(book: RuleBook | null): Finding[] {
  const what = 'EVENT_SIGNING_KEY is not set: no policy goes to the door of Keycloak';
  return [
    book !== null && needsDoor(book)
      ? warning(
          'door-no-key',
          `${what}, and rules refuse there or hold at the gate`,
          'give EVENT_SIGNING_KEY and signing-key of the provider the same key',
        )
      : fine('door-no-key', `${what}; no rule needs it`),
  ];
}

/** Whether the door has the policy of these rules. @param book `null`: the rules cannot be read, and are not compared */
export function doorFindings(topic: string, { version, whole, unsigned }: DoorFacts, book: RuleBook | null): Finding[] {
  const others =
    unsigned === 0
      ? []
      : [
          warning(
            'door-unsigned',
            `${unsigned} records of ${topic} have no signature with a key in EVENT_SIGNING_KEY: Keycloak ignores them`,
            'see who can write to the topic, and that all instances have the same EVENT_SIGNING_KEY',
          ),
        ];
  if (version === null) {
    const what = `${topic} has no policy that EVENT_SIGNING_KEY verifies: what without-policy of the provider says holds`;
    return [
      (book !== null && needsDoor(book) ? error : warning)(
        'door-no-policy',
        what,
        'start vestibule run, which publishes it; all instances need the same EVENT_SIGNING_KEY',
      ),
      ...others,
    ];
  }
  if (!whole) {
    const what = `${topic} has lost a part of policy ${version}: a Keycloak that starts now finds no policy`;
    return [error('door-policy-lost', what, 'start vestibule run, which writes it again'), ...others];
  }
  if (book !== null && book.version !== version) {
    const what = `the policy on ${topic} is of the rules ${version}, and the rules here are ${book.version}`;
    const remedy = 'after a change wait some seconds; else see which rules the instances have, and their check door';
    return [warning('door-policy-other', what, remedy), ...others];
  }
  return [fine('door-policy', `${topic} has policy ${version}, signed`), ...others];
}

function needsDoor(book: RuleBook): boolean {
  return compilePolicy(book).lists.some(({ hold, rules }) => hold || rules.some(({ door }) => door !== 'open'));
}
