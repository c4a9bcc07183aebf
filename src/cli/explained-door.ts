import type { Registration } from '../ingest/registration.ts';
import { headersNamed } from '../rules/decide/headers-named.ts';
import { answer, type DoorAnswer, judge } from '../rules/door/answer.ts';
import { compilePolicy } from '../rules/door/compile-policy.ts';
import { beforeSending, visitorOf } from '../rules/door/visitor.ts';
import type { RuleBook } from '../rules/model.ts';
import { refusalInWords } from '../rules/try/step-in-words.ts';

/** What Keycloak answers before there is an account. */
export interface ExplainedDoor {
  /** When the form is opened, and when it is sent. */
  readonly opened: DoorAnswer;
  readonly sent: DoorAnswer;
  /** Whether the rule file can keep anybody at the door. */
  readonly matters: boolean;
}

export function atTheDoor(book: RuleBook, registration: Registration): ExplainedDoor {
  const policy = compilePolicy(book);
  const visitor = visitorOf(registration, headersNamed(book));
  const { list } = judge(policy, visitor);
  return {
    opened: answer(policy, beforeSending(visitor)),
    sent: answer(policy, visitor),
    matters: list !== null && (list.hold || list.rules.some(({ door }) => door !== 'open')),
  };
}

/** With an identity provider there is no form. */
export function doorLines({ opened, sent, matters }: ExplainedDoor, { source }: Registration): readonly string[] {
  if (!matters) {
    return [];
  }
  return source === 'form'
    ? [
        `at the door, when the form is opened: ${opened.door === 'refuse' ? inWords(opened) : 'the form is shown'}`,
        `at the door, when the form is sent: ${inWords(sent)}`,
      ]
    : [`at the door: ${inWords(sent)}`];
}

function inWords({ door, rule, line, message, field }: DoorAnswer): string {
  switch (door) {
    case 'open':
      return 'let in, and the rules decide after that';
    case 'gate':
      return 'the gate holds the person until the rules have decided';
    case 'refuse': {
      const where = field === null ? '' : `, at the field ${field}`;
      return `refused by ${line}: ${rule}, with the text ${refusalInWords(message ?? '')}${where}`;
    }
  }
}
