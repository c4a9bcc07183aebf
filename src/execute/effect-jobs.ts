import { createHash } from 'node:crypto';

import type { About, MailJob, NewJob, StoppedRule } from '../jobs/payloads.ts';
import type { StepContext } from '../rules/steps/effects.ts';

/**
 * What a person who waits for a decision reads about it. `approval`: id of the one that the person waits for, and may take
 * back.
 */
type Waiting = Pick<Extract<MailJob, { kind: 'person' }>, 'approval' | 'usuallyWithin'>;

/** The mail to the person who registered; none if there is no address. */
export function personMails(context: StepContext, message: string, waiting: Waiting = {}): NewJob<'mail'>[] {
  if (context.person === null) {
    return [];
  }
  const key = digest(`${context.key}/${message}`);
  const { person: to, application, fate, follows, rejectedBecause: reason } = context;
  const { realm, clientId, userId, eventId } = context.registration;
  const data: MailJob = {
    kind: 'person',
    key,
    to,
    who: { realm, clientId, userId, eventId },
    message,
    application,
    ...(follows === undefined ? {} : { follows }),
    ...(fate === undefined ? {} : { fate }),
    ...waiting,
    ...(reason === undefined || message !== 'rejected' ? {} : { reason }),
  };
  return [{ id: `tell-${key}`, data }];
}

/** The mails to administrators, one for each address. */
export function notifyMails(context: StepContext, to: readonly string[], subject: string | null): NewJob<'mail'>[] {
  const about = aboutOf(context);
  return to.map((address) => {
    const key = digest(`${context.key}/notify/${address}`);
    return { id: `notify-${key}`, data: { kind: 'notify', key, to: address, subject, about } };
  });
}

export function webhookCall(context: StepContext, url: string): NewJob<'webhooks'> {
  const key = digest(`${context.key}/webhook/${url}`);
  return { id: `call-${key}`, data: { key, url, about: aboutOf(context) } };
}

/** The mails that tell operators of a stopped rule, one for each address. */
export function ruleStoppedMails(stopped: StoppedRule, limit: number, to: readonly string[]): NewJob<'mail'>[] {
  return to.map((address) => {
    const key = `stopped-${digest(JSON.stringify([stopped, address]))}`;
    return { id: key, data: { kind: 'rule-stopped', key, to: address, stopped, limit } };
  });
}

function aboutOf({ registration, application, rule }: StepContext): About {
  const { eventId, time, realm, clientId, userId, source } = registration;
  return { eventId, registeredAt: time, realm, clientId, userId, source, application, rule: rule.rule };
}

/** Part of a job's id: the same for the same text, and without characters that an id must not have. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
