import type { Logger } from 'pino';

import { isServiceError, ServiceError } from '../platform/errors.ts';
import { withoutQuery } from '../platform/urls.ts';
import type { Ask } from './decide-asking.ts';

/**
 * Asks a system that did not answer by one question at a time; the others fail at once. Each question that waits for an
 * answer takes a worker, so a system that is away would else hold up the registrations of all other clients.
 *
 * The log has a line when a system gives no answer to go by, and one when it does again.
 */
export function asking(ask: Ask, log: Pick<Logger, 'warn' | 'info'>): Ask {
  const failing = new Map<string, string>();
  const trying = new Set<string>();

  return async (question, about) => {
    const { url } = question;
    const system = withoutQuery(url);
    const silent = failing.get(url) === 'EXTERNAL_UNAVAILABLE';
    if (silent && trying.has(url)) {
      throw new ServiceError('EXTERNAL_UNAVAILABLE', `the system at ${system} did not answer; one question tries it`, {
        system,
      });
    }
    if (silent) {
      trying.add(url);
    }
    try {
      const answer = await ask(question, about);
      if (failing.delete(url)) {
        log.info({ system }, 'a system that rules ask answers again');
      }
      return answer;
    } catch (error) {
      const code = isServiceError(error) ? error.code : 'UNKNOWN';
      if (failing.get(url) !== code) {
        failing.set(url, code);
        const err = error instanceof Error ? error.message : error;
        log.warn({ system, code, err }, 'a system that rules ask gives no answer; who registers is not decided upon');
      }
      throw error;
    } finally {
      if (silent) {
        trying.delete(url);
      }
    }
  };
}
