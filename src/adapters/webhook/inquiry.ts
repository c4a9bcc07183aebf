import type { Dispatcher } from 'undici';

import type { WebhookMessage } from '../../messages/webhook.ts';
import { type ErrorCode, ServiceError } from '../../platform/errors.ts';
import { withoutQuery } from '../../platform/urls.ts';
import { longestAnswer, openLine, PrivateAddress } from './line.ts';

export interface Inquiry {
  /**
   * Asks, and returns the JSON object of the answer.
   * @throws ServiceError EXTERNAL_UNAVAILABLE when the system is away, EXTERNAL_UNUSABLE when nobody can go by its answer
   */
  ask(url: string, message: WebhookMessage): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export interface InquiryOptions {
  readonly allowPrivate: boolean;
  /** A person may wait at the gate meanwhile, and others for the worker that asks. */
  readonly timeoutMs?: number;
}

/** Asks systems of the company about people. No error has anything of an answer: it is about a person. */
export function createInquiry({ allowPrivate, timeoutMs = 5_000 }: InquiryOptions): Inquiry {
  const line = openLine({ allowPrivate, timeoutMs });
  return {
    async ask(url, message) {
      const system = withoutQuery(url);
      try {
        return await line.post(url, message, (answer) => read(answer, system));
      } catch (cause) {
        throw cause instanceof ServiceError ? cause : failed(cause, system);
      }
    },
    close: () => line.close(),
  };
}

async function read({ statusCode: status, body }: Dispatcher.ResponseData, system: string) {
  if (status !== 200) {
    await body.dump();
    const away = status >= 500 || status === 429;
    throw fault(away ? 'EXTERNAL_UNAVAILABLE' : 'EXTERNAL_UNUSABLE', system, `answers ${status}, and not 200`, {
      status,
    });
  }
  const answer = parsed(await body.text());
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw fault('EXTERNAL_UNUSABLE', system, 'answers something else than a JSON object');
  }
  return answer as Readonly<Record<string, unknown>>;
}

/** The parser's error would quote the answer. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(cause: unknown, system: string): ServiceError {
  if (cause instanceof PrivateAddress) {
    const remedy = 'is at no public address; WEBHOOK_ALLOW_PRIVATE=true lets it be asked';
    return fault('EXTERNAL_UNUSABLE', system, remedy, { cause });
  }
  const tooLong = cause instanceof Error && 'code' in cause && cause.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';
  return tooLong
    ? fault('EXTERNAL_UNUSABLE', system, `answers more than ${longestAnswer} bytes`, { cause })
    : fault('EXTERNAL_UNAVAILABLE', system, 'does not answer', { cause });
}

function fault(
  code: Extract<ErrorCode, `EXTERNAL_${string}`>,
  system: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): ServiceError {
  return new ServiceError(code, `the system at ${system} ${what}`, { ...details, system });
}
