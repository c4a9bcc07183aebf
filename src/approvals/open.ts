import { createHash } from 'node:crypto';

import type { StepContext } from '../rules/steps/effects.ts';
import type { ApprovalRequest } from '../rules/model.ts';
import type { Approval } from './approval.ts';

export interface Question {
  readonly context: StepContext;
  readonly request: ApprovalRequest;
  /** Resolved mail addresses. */
  readonly approvers: readonly string[];
  /** What is known of the approvers' languages, by address. */
  readonly locales?: ReadonlyMap<string, string>;
  /** Whether this system disabled the account already, by another step of the same rule. */
  readonly disabledHere?: boolean;
  readonly now: number;
}

/** The same event and step always make the same id: asking twice asks once. */
export function approvalId({ key }: Pick<StepContext, 'key'>): string {
  return createHash('sha256').update(`approval\0${key}`).digest('hex').slice(0, 32);
}

/** The approval that a step asks for. */
export function ask({ context, request, approvers, locales, disabledHere = false, now }: Question): Approval {
  const { registration, application, language = null, rule, version, accountWasEnabled } = context;
  const { eventId, time, realm, clientId, userId, ip, source, locale } = registration;
  const { need, hold, waitFor, remindAfter, expireAfter, show, approved, rejected, expired } = request;
  return {
    id: approvalId(context),
    revision: 1,
    state: 'waiting',
    settled: false,
    eventId,
    registeredAt: time,
    realm,
    clientId,
    application,
    userId,
    ip,
    source,
    locale,
    rule,
    version,
    hold,
    ...(show === undefined ? {} : { show }),
    waitFor,
    heldAccount: accountWasEnabled && (hold === 'account' || disabledHere),
    approvers,
    languages: approvers.map((address) => locales?.get(address) ?? language),
    need: need === 'all' ? approvers.length : Math.min(need, approvers.length),
    votes: [],
    askedAt: now,
    expiresAt: now + expireAfter,
    remindAt: remindAfter === null ? null : now + remindAfter,
    decidedAt: null,
    then: { approved, rejected, expired },
  };
}
