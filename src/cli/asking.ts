import { randomUUID } from 'node:crypto';

import { createInquiry } from '../adapters/webhook/inquiry.ts';
import { askBy } from '../app/asking.ts';
import type { RawAnswer } from '../execute/decide-asking.ts';
import { ServiceError } from '../platform/errors.ts';
import { readSettings } from '../platform/settings.ts';
import { withoutQuery } from '../platform/urls.ts';
import type { Facts, Question } from '../rules/model.ts';
import type { Io } from './command.ts';

/** Asks a system of the company about somebody who registered. Each question is a new one to the system. */
export type AskNow = (question: Question, facts: Pick<Facts, 'registration' | 'user'>) => Promise<RawAnswer>;

/** @param wanted without it, no system is asked */
export async function withAsking<T>(wanted: boolean, io: Io, work: (ask: AskNow | null) => Promise<T>): Promise<T> {
  if (!wanted) {
    return work(null);
  }
  const config = readSettings(io.env, ['WEBHOOK_SECRET', 'WEBHOOK_ALLOW_PRIVATE']);
  const secret = config.WEBHOOK_SECRET?.reveal();
  if (secret === undefined) {
    throw new ServiceError('CONFIG_INVALID', '--ask needs WEBHOOK_SECRET, or WEBHOOK_SECRET_FILE: it signs questions');
  }
  const inquiry = createInquiry({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE });
  const ask = askBy(inquiry, secret, Date.now);
  try {
    return await work((question, facts) => ask(question, { ...facts, cause: randomUUID() }));
  } finally {
    await inquiry.close();
  }
}

/** Asks, and notes that it did. */
export function noting(ask: AskNow | null, notes: string[], facts: Pick<Facts, 'registration' | 'user'>) {
  return ask === null
    ? null
    : (question: Question) => {
        notes.push(`${withoutQuery(question.url)} was asked`);
        return ask(question, facts);
      };
}
