import type { Approval } from '../src/approvals/approval.ts';
import { type AskingDeps, createAsking, type SendingJob } from '../src/approvals/digest.ts';
import { decidedAs } from '../src/approvals/tell-others.ts';
import { zoneUnder } from '../src/approvals/time-zone.ts';
import type { UserFacts } from '../src/ingest/user.ts';
import type { Handler } from '../src/jobs/payloads.ts';
import { chatDecided } from '../src/messages/chat/decided.ts';
import type { ChatMessage } from '../src/messages/chat/message.ts';
import { chatDigest, chatQuestion } from '../src/messages/chat/question.ts';
import { isServiceError, ServiceError } from '../src/platform/errors.ts';
import type { RuleBook } from '../src/rules/model.ts';

export interface ChatDeps extends Omit<AskingDeps, 'queue' | 'atMost' | 'send'> {
  /** @param channel such as `slack:partners` */
  readonly post: (channel: string, message: ChatMessage) => Promise<void>;
  readonly linkFor: (approval: Approval, approver: number, user: UserFacts) => string;
  readonly rules: () => RuleBook;
}

/** A message whose fate is not known is posted once more, and not a third time. */
const mostUnanswered = 2;
/** One message with this many questions stays well below the longest that Slack and Teams take. */
const atMost = 20;

/**
 * Posts one message to a channel. An incoming webhook has no key by which it would know a repeat. If the process or the
 * connection dies between the message and the answer, the message is posted once more.
 */
export function createChat(deps: ChatDeps): Handler<'chat'> {
  const { linkFor, rules } = deps;
  const asking = createAsking({
    ...deps,
    queue: 'chat',
    atMost,
    async send(job, questions) {
      const shown = questions.map((question) => ({
        ...question,
        link: linkFor(question.approval, question.approver, question.user),
        zone: zoneUnder(rules(), question.approval, question.approver),
      }));
      const [first] = shown;
      if (first !== undefined) {
        await postMarked(deps.post, job, first.to, shown.length === 1 ? chatQuestion(first) : chatDigest(shown));
      }
    },
  });
  return async (job) => {
    const { data } = job;
    switch (data.kind) {
      case 'approval-request':
        return asking.ask(job, data);
      case 'digest':
        return asking.digest(job, data);
      case 'decided': {
        const decided = await decidedAs(deps, data);
        if (typeof decided === 'string') {
          return decided;
        }
        const { approval, approver, to } = decided;
        await postMarked(deps.post, job, to, chatDecided(decided, zoneUnder(rules(), approval, approver)));
        return 'sent';
      }
      default:
        return data satisfies never;
    }
  };
}

/**
 * Marks the job before the message leaves, and takes the mark away when the service says that it has no message. So the
 * mark counts the times that the message may have arrived, also those in which this process died.
 * @throws ServiceError CHAT_UNCLEAR when it may have arrived twice
 */
async function postMarked(
  post: ChatDeps['post'],
  job: SendingJob,
  channel: string,
  message: ChatMessage,
): Promise<void> {
  const { data } = job;
  const unanswered = data.unanswered ?? 0;
  if (unanswered >= mostUnanswered) {
    throw unclear(channel);
  }
  await job.save({ ...data, unanswered: unanswered + 1 });
  try {
    await post(channel, message);
  } catch (error) {
    if (isServiceError(error, 'CHAT_UNANSWERED')) {
      throw unanswered + 1 >= mostUnanswered ? unclear(channel) : error;
    }
    await job.save(data);
    throw error;
  }
}

function unclear(channel: string): ServiceError {
  return new ServiceError('CHAT_UNCLEAR', `${channel} got the message ${mostUnanswered} times without an answer`, {
    channel,
  });
}
