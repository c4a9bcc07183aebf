import { z } from 'zod';

import { withoutQuery } from '../../platform/urls.ts';
import type { Question, Scalar } from '../model.ts';
import { condition } from './condition.ts';
import { callableUrl, oneOrMore, text } from './operands.ts';

interface Operand extends Question {
  /** By member of the answer, the values that are accepted. */
  readonly answer: Readonly<Record<string, readonly Scalar[]>>;
}

/** A whole number beyond this is not what it seems: JSON readers round it, so another one would be equal. */
const exact = z
  .number({ error: 'must be a number' })
  .refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value), {
    error: 'is too large to be compared exactly: let the system answer it as text',
  });

const scalar = z.union([text, exact, z.boolean()], { error: 'must be text, a number, true or false' });

const members = z
  .record(text, oneOrMore(scalar), { error: 'must map members of the answer to a value, or a list of them' })
  .refine((wanted) => Object.keys(wanted).length > 0, { error: 'must name at least one member of the answer' });

const sendable = ['email', 'username'] as const;

const operand = z
  .strictObject({
    url: callableUrl.describe('An http or https URL, without credentials. It may have a query.'),
    answer: members.describe('Members of the answer, each with a value (text, number, true, false) or a list of them.'),
    send: oneOrMore(z.enum(sendable))
      .default([])
      .describe('What of the person travels with the question besides ids: `email`, `username`, or both.'),
  })
  .transform(({ url, answer, send }): Operand => ({
    url,
    answer,
    send: sendable.filter((name) => send.includes(name)),
  }));

/** The key of this condition in rule files. */
export const externalKey = 'external';

export const external = condition<Operand>({
  key: externalKey,
  title: 'What a system of the company answers',
  about:
    'Asks a URL about the person, by a POST that is signed as a webhook is. It holds if the answer is a JSON object in which each member that `answer` names has that value, or one of a list. The system is asked only where nothing else settles the rule, and once for each registration. Without an answer nothing is decided, and the registration waits.',
  examples: [
    { url: 'https://crm.acme.com/partners/check', answer: { partner: true } },
    { url: 'https://crm.acme.com/check?list=eu', answer: { level: ['gold', 'silver'] }, send: ['email'] },
  ],
  operand,
  test({ url, answer: wanted, send }, facts) {
    const question = { url, send };
    const given = facts.answers?.(question, Object.keys(wanted));
    if (given === undefined) {
      return { holds: 'unknown', missing: { kind: 'missing', what: 'external', question } };
    }
    const compared = Object.entries(wanted);
    const holds = compared.every(([member, values]) => values.some((value) => value === given[member]));
    // Not what was answered: that is about the person.
    const because = `${withoutQuery(url)} ${holds ? 'answers' : 'does not answer'} ${inWords(compared)}`;
    return { holds, because, asked: because };
  },
});

function inWords(wanted: readonly (readonly [string, readonly Scalar[]])[]): string {
  return wanted.map(([member, values]) => `${member}: ${values.join(' or ')}`).join(', ');
}

/** What a condition asks, and the members of the answer that it compares. */
export function comparedMembers(operand: unknown): { readonly question: Question; readonly members: string[] } {
  const { url, send, answer } = operand as Operand;
  return { question: { url, send }, members: Object.keys(answer) };
}
