import { createInquiry, type Inquiry } from '../adapters/webhook/inquiry.ts';
import { asking } from '../execute/asking.ts';
import type { Ask } from '../execute/decide-asking.ts';
import { questionMessage } from '../messages/webhook.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Base } from './base.ts';

/** What asks the systems of the company that rules name. */
export async function openAsking({ config, log, lifecycle, now }: Base): Promise<Ask> {
  const inquiry = await lifecycle.open(
    'questions',
    () => createInquiry({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE }),
    (made) => made.close(),
  );
  return asking(askBy(inquiry, config.WEBHOOK_SECRET?.reveal(), now), log);
}

/** @param secret signs; rules that ask are not in force without it */
export function askBy(inquiry: Pick<Inquiry, 'ask'>, secret: string | undefined, now: () => number): Ask {
  return async (question, about) => {
    if (secret === undefined) {
      throw new ServiceError('EXTERNAL_UNUSABLE', 'WEBHOOK_SECRET, which signs questions, is not set');
    }
    return inquiry.ask(question.url, questionMessage(question, about, secret, now()));
  };
}
