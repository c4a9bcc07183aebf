import type { Approval } from '../approvals/approval.ts';
import type { AuditEntry } from '../jobs/audit.ts';
import { isServiceError } from '../platform/errors.ts';
import type { JobData, QueueName } from '../jobs/payloads.ts';
import type { Registration } from '../ingest/registration.ts';
import type { RuleRef } from '../rules/model.ts';

/** A job that is given up, with the queue it is in. */
export type GivenUp = { [Name in QueueName]: { readonly queue: Name; readonly data: JobData[Name] } }[QueueName];

type Concerned = Pick<AuditEntry, 'realm' | 'clientId' | 'userId' | 'eventId'> &
  Pick<AuditEntry, 'approval' | 'rule' | 'version' | 'step' | 'to'>;

/**
 * The audit entry of a job that was given up; `null` if the job is about no single person: only the log has it then.
 * The entry does not quote the error, whose words may be another system's.
 */
export async function failedEntry(
  { queue, data }: GivenUp,
  error: unknown,
  approvalOf: (id: string) => Promise<Approval | null>,
): Promise<AuditEntry | null> {
  const concerned = await concernedBy({ queue, data } as GivenUp, approvalOf);
  const outcome = isServiceError(error) ? error.code : 'UNKNOWN';
  return concerned && { kind: 'failed', ...concerned, outcome, because: `a job of the queue ${queue} was given up` };
}

async function concernedBy(
  { queue, data }: GivenUp,
  approvalOf: (id: string) => Promise<Approval | null>,
): Promise<Concerned | null> {
  switch (queue) {
    case 'registrations':
      return { ...ids(data.registration), ...nextStep(data.progress) };
    case 'confirmations':
      return ids(data);
    case 'outcomes':
      return ofApproval(await approvalOf(data.approvalId));
    case 'deadlines':
      return data.kind === 'delayed-step'
        ? { ...ids(data.context.registration), ...ruled(data.context), step: data.step.uses }
        : null;
    case 'mail':
      return ofMail(data, approvalOf);
    case 'webhooks':
      return { ...ids(data.about), step: 'webhook' };
    default:
      return queue satisfies never;
  }
}

async function ofMail(
  data: JobData['mail'],
  approvalOf: (id: string) => Promise<Approval | null>,
): Promise<Concerned | null> {
  switch (data.kind) {
    case 'approval-request': {
      const approval = await approvalOf(data.approvalId);
      const to = approval?.approvers[data.approver];
      const concerned = ofApproval(approval);
      return concerned && { ...concerned, ...(to === undefined ? {} : { to }) };
    }
    case 'person':
      return { ...ids(data.who), step: 'notify-user' };
    case 'notify':
      return { ...ids(data.about), step: 'notify' };
    case 'rule-stopped':
      return null;
    default:
      return data satisfies never;
  }
}

function ofApproval(approval: Approval | null): Concerned | null {
  return approval && { ...ids(approval), ...ruled(approval), approval: approval.id };
}

function nextStep(progress: JobData['registrations']['progress']): Pick<Concerned, 'rule' | 'version' | 'step'> {
  if (progress === undefined || progress.decision.matched === null) {
    return {};
  }
  const { decision, done } = progress;
  const step = decision.steps[done]?.uses;
  return { rule: progress.decision.matched, version: decision.version, ...(step === undefined ? {} : { step }) };
}

function ids({ realm, clientId, userId, eventId }: Pick<Registration, 'realm' | 'clientId' | 'userId' | 'eventId'>) {
  return { realm, clientId, userId, eventId };
}

function ruled({ rule, version }: { readonly rule: RuleRef; readonly version: string }) {
  return { rule, version };
}
