import type { Dispatcher } from 'undici';

import { channelOf, serviceName } from '../../approvals/chat-approver.ts';
import type { ChatMessage } from '../../messages/chat/message.ts';
import { slackMessage } from '../../messages/chat/slack.ts';
import { teamsMessage } from '../../messages/chat/teams.ts';
import { ServiceError } from '../../platform/errors.ts';
import { openLine, PrivateAddress } from '../webhook/line.ts';

export interface ChatSender {
  /**
   * Posts a message to a channel such as `slack:partners`. No error and no log has the channel's URL.
   * @throws ServiceError CHANNEL_UNKNOWN when no setting has its webhook; CHAT_REFUSED when it is no use to try again;
   *   CHAT_UNAVAILABLE when it is; CHAT_UNANSWERED when it may have the message
   */
  post(channel: string, message: ChatMessage): Promise<void>;
  close(): Promise<void>;
}

export interface ChatSenderOptions {
  /** By channel; see `chatWebhooksIn`. */
  readonly urls: ReadonlyMap<string, string>;
  readonly allowPrivate: boolean;
  readonly now?: () => number;
  readonly timeoutMs?: number;
}

/** A service that asks for more patience than this is asked again all the same. */
const longestWaitMs = 3_600_000;
/** Teams' older webhooks answer 200, and say in the text what became of the message. */
const passedOn = /returned HTTP error (\d{3})/;

export function createChatSender({
  urls,
  allowPrivate,
  now = Date.now,
  timeoutMs = 15_000,
}: ChatSenderOptions): ChatSender {
  const line = openLine({ allowPrivate, timeoutMs });
  return {
    async post(channel, message) {
      const known = channelOf(channel);
      const url = urls.get(channel);
      if (known === null || url === undefined) {
        throw new ServiceError('CHANNEL_UNKNOWN', `CHAT_WEBHOOKS has no ${channel}`, { channel });
      }
      const body = JSON.stringify(known.chat === 'slack' ? slackMessage(message) : teamsMessage(message));
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const answer = await line.post(url, { body, headers }, answerOf).catch((cause: unknown) => {
        throw failure(cause, channel);
      });
      const refused = refusal(answer, now());
      if (refused !== null) {
        const { code, ...details } = refused;
        const what = code === 'CHAT_REFUSED' ? 'refuses the message for' : 'does not take the message for';
        const words = `${serviceName(known)} ${what} ${channel} (${[answer.status, answer.reason].join(' ').trim()})`;
        throw new ServiceError(code, words, { ...details, channel });
      }
    },
    close: () => line.close(),
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Slack's word for what is wrong, such as `channel_is_archived`. */
  readonly reason: string;
}

/** The status is the answer: a text that does not come to its end changes nothing. */
async function answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const said = await body.text().catch(() => '');
  const [, status = statusCode] = statusCode === 200 ? (passedOn.exec(said) ?? []) : [];
  const [retryAfter] = [headers['retry-after']].flat();
  return { status: Number(status), retryAfter, reason: /^[a-z_]{1,40}$/.exec(said)?.[0] ?? '' };
}

function refusal({ status, retryAfter }: Answer, now: number) {
  if (status >= 200 && status <= 299) {
    return null;
  }
  if (status < 500 && ![408, 425, 429].includes(status)) {
    return { code: 'CHAT_REFUSED', status } as const;
  }
  const waitMs = waitOf(retryAfter, now);
  return { code: 'CHAT_UNAVAILABLE', status, ...(waitMs === null ? {} : { retryAfterMs: waitMs }) } as const;
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function waitOf(retryAfter: string | undefined, now: number): number | null {
  const ms = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : Date.parse(retryAfter ?? '') - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestWaitMs);
}

/** What can happen after the message left, so that the service may have it. */
const afterwards = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/** The cause goes no further: it could name the URL. */
function failure(cause: unknown, channel: string): ServiceError {
  if (cause instanceof PrivateAddress) {
    const what = `the webhook of ${channel} is at no public address; WEBHOOK_ALLOW_PRIVATE=true lets it be called`;
    return new ServiceError('CHAT_REFUSED', what, { channel });
  }
  const { code = '', name = '' } = cause as { readonly code?: unknown; readonly name?: string };
  const why = typeof code === 'string' && code !== '' ? code : name;
  return name === 'TimeoutError' || afterwards.includes(why)
    ? new ServiceError('CHAT_UNANSWERED', `the webhook of ${channel} got the message and did not answer`, { channel })
    : new ServiceError('CHAT_UNAVAILABLE', `the webhook of ${channel} does not answer (${why})`, { channel });
}
