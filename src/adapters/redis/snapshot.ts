import { z } from 'zod';

import type { Approval } from '../../approvals/approval.ts';
import { ServiceError } from '../../platform/errors.ts';
import { storedApprover } from '../../rules/steps/approvers.ts';
import { storedSteps } from '../../rules/steps/stored.ts';

const time = z.number().nonnegative();
/** An approver's, in their list. */
const number = z.int().nonnegative();
const snapshot = z.looseObject({
  id: z.string().min(1),
  revision: z.int().positive(),
  state: z.enum(['waiting', 'approved', 'rejected', 'expired', 'withdrawn', 'obsolete']),
  settled: z.boolean(),
  eventId: z.string().min(1),
  registeredAt: time,
  realm: z.string().min(1),
  clientId: z.string().min(1),
  application: z.string(),
  userId: z.guid(),
  rule: z.looseObject({ file: z.string(), line: z.number(), rule: z.string() }),
  version: z.string(),
  hold: z.enum(['gate', 'account', 'none']),
  show: z.array(z.string()).optional(),
  waitFor: z.enum(['email-verified']).nullable(),
  approvers: z.array(z.string()),
  people: z.array(z.string().nullable()).optional(),
  asks: z.array(storedApprover).optional(),
  retired: z.array(number).optional(),
  handedOver: z.array(z.looseObject({ from: number, to: number, at: time })).optional(),
  delegate: z.string().optional(),
  need: z.int().nonnegative(),
  votes: z.array(z.looseObject({ approver: z.string(), verdict: z.enum(['approve', 'reject']), at: time })),
  askedAt: time,
  expiresAt: time,
  remindAt: time.nullable(),
  remindLater: z.array(time).optional(),
  escalate: z.looseObject({ at: time, to: z.array(storedApprover) }).optional(),
  decidedAt: time.nullable(),
  // oxlint-disable-next-line unicorn/no-thenable -- a rule's word; no function, so nothing awaits it
  then: z.strictObject({ approved: storedSteps, rejected: storedSteps, expired: storedSteps }),
});

/**
 * An approval as it is stored, with all that its writer put in.
 * @throws ServiceError APPROVAL_UNREADABLE that names the field
 */
export function parseSnapshot(json: string): Approval {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw unreadable('not JSON');
  }
  const { success, error } = snapshot.safeParse(parsed);
  if (!success) {
    throw unreadable(error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '));
  }
  return parsed as Approval;
}

function unreadable(why: string): ServiceError {
  return new ServiceError('APPROVAL_UNREADABLE', `a stored approval cannot be read: ${why}`);
}
