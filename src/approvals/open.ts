import { createHash } from 'node:crypto';

import type { StepContext } from '../rules/steps/effects.ts';
import type { ApprovalRequest } from '../rules/model.ts';
import type { Approval } from './approval.ts';
import { asksToVerify } from './confirmed-mail.ts';
import { type Approver, peopleOf } from './who-is-asked.ts';

export interface Question {
  readonly context: StepContext;
  readonly request: ApprovalRequest;
  /** Resolved mail addresses, each once; where Keycloak knows them, with language and time zone. */
  readonly approvers: readonly (string | Approver)[];
  /** Whether this system disabled the account already, by another step of the same rule. */
  readonly disabledHere?: boolean;
  readonly now: number;
}

/** The same event and step always make the same id: asking twice asks once. */
export function approvalId({ key }: Pick<StepContext, 'key'>): string {
  return createHash('sha256').update(`approval\0${key}`).digest('hex').slice(0, 32);
}

/** The approval that a step asks for. */
export function ask(question: Question): Approval {
  const { context, request, disabledHere = false, now } = question;
  const approvers = question.approvers.map((one) =>
    typeof one === 'string' ? { address: one, locale: null, zone: null, userId: null } : one,
  );
  const { registration, application, language = null, rule, version, accountWasEnabled } = context;
  const { eventId, time, realm, clientId, userId, ip, source, locale } = registration;
  const { need, hold, waitFor, expireAfter, show, approved, rejected, expired } = request;
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
    ...(waitFor !== null && asksToVerify(context, hold) ? { toldToVerify: true as const } : {}),
    heldAccount: accountWasEnabled && (hold === 'account' || disabledHere),
    approvers: approvers.map(({ address }) => address),
    languages: approvers.map(({ locale }) => locale ?? language),
    zones: approvers.map(({ zone }) => zone),
    ...peopleOf(approvers.map(({ userId = null }) => userId)),
    ...(language === null ? {} : { language }),
    asks: request.approvers,
    ...whatFollows(request),
    need: need === 'all' ? approvers.length : Math.min(need, approvers.length),
    votes: [],
    askedAt: now,
    expiresAt: now + expireAfter,
    ...turnsOf(request, now),
    decidedAt: null,
    then: { approved, rejected, expired },
  };
}

/** What the rule says of the time until a decision. */
function whatFollows({ delegate, digest, reason, usuallyWithin, tellOthers }: ApprovalRequest): Partial<Approval> {
  return {
    ...(delegate === undefined ? {} : { delegate }),
    ...(digest === undefined ? {} : { digest }),
    ...(reason === undefined ? {} : { reason }),
    ...(usuallyWithin === undefined ? {} : { usuallyWithin }),
    ...(tellOthers === undefined ? {} : { tellOthers }),
  };
}

/** When approvers are reminded, and when more of them are asked. */
function turnsOf(
  { remindAfter, remindAgain = [], escalate }: ApprovalRequest,
  now: number,
): Pick<Approval, 'remindAt' | 'remindLater' | 'escalate'> {
  return {
    remindAt: remindAfter === null ? null : now + remindAfter,
    ...(remindAgain.length === 0 ? {} : { remindLater: remindAgain.map((after) => now + after) }),
    ...(escalate === undefined ? {} : { escalate: { at: now + escalate.after, to: escalate.to } }),
  };
}
