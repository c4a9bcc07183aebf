import type { Approval } from '../approvals/approval.ts';
import { reasonToTell } from '../approvals/reason.ts';
import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Recipient } from '../jobs/payloads.ts';
import { type Fate, fateOf } from '../rules/decide/fate.ts';
import type { Step } from '../rules/model.ts';
import type { StepContext } from '../rules/steps/effects.ts';
import { greeted } from './greeted.ts';

/**
 * Why and for whom each task of an outcome is done, by its key.
 * @param follows the steps that are not left out: what they do to the account, the person is told
 */
export function outcomeContext(
  approval: Approval,
  user: UserFacts,
  follows: readonly Step[],
  now: () => number,
): (key: string) => StepContext {
  const fate: Fate | undefined = fateOf(follows, approval.hold !== 'none', approval.decidedAt ?? now());
  const reason = reasonToTell(approval);
  return (key) => ({
    registration: bareRegistration(approval),
    person: recipientOf(user, approval),
    accountWasEnabled: approval.heldAccount,
    disabledHere: approval.heldAccount,
    application: approval.application,
    follows: approval.id,
    fate,
    ...(reason === null ? {} : { rejectedBecause: reason }),
    rule: approval.rule,
    version: approval.version,
    key: `${approval.id}/${approval.state}/${key}`,
  });
}

/** The registration that an approval is about, without what the person typed. */
export function bareRegistration(approval: Approval): Registration {
  const { eventId, registeredAt, realm, clientId, userId, ip, source, locale = null } = approval;
  const unknown = { username: null, email: null, firstName: null, lastName: null };
  return { eventId, time: registeredAt, realm, clientId, userId, ip, source, locale, ...unknown };
}

function recipientOf(user: UserFacts, approval: Approval): Recipient | null {
  const { email, locale } = user;
  return email === null ? null : { address: email, locale: locale ?? approval.locale ?? null, ...greeted(user) };
}
