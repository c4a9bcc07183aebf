import { codeIn } from '../../adapters/queue/retry.ts';
import type { JobState, StoredJob } from '../../adapters/queue/stored-jobs.ts';
import type { Approval } from '../../approvals/approval.ts';
import { auditIds } from '../../approvals/audit-ids.ts';
import type { JobData, MailJob, QueueName } from '../../jobs/payloads.ts';
import type { AskedAs } from '../../jobs/questions.ts';
import { concernedBy, type Concerned, isDropped } from '../../jobs/queues.ts';
import { stepOnOneLine } from '../../rules/try/step-in-words.ts';

/** What an operator sees of a job: ids, and no personal data. */
export interface ListedJob {
  readonly queue: QueueName;
  readonly id: string;
  readonly state: JobState | 'dropped';
  readonly attempts: number;
  readonly addedAt: number;
  readonly plannedFor: number;
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
  /** Code of the last error; `UNKNOWN` for one without a code, `null` where no attempt failed. */
  readonly code: string | null;
  readonly error: string | null;
  /** What will never happen if the job is dropped, as a sentence without its subject. */
  readonly work: string;
  /** Whom it concerns; `null`: no one person. */
  readonly concerns: Concerned | null;
}

/** @param approvalOf reads an approval; `null`: forgotten */
export async function listed(job: StoredJob, approvalOf: (id: string) => Promise<Approval | null>): Promise<ListedJob> {
  const { queue, id, attempts, addedAt, plannedFor, dueAt, finishedAt, reason, data } = job;
  const { work, found } = read(job);
  const concerns = found !== null && 'approvalId' in found ? ofApproval(await approvalOf(found.approvalId)) : found;
  return {
    queue,
    id,
    state: isDropped(data) ? 'dropped' : job.state,
    attempts,
    addedAt,
    plannedFor,
    dueAt,
    finishedAt,
    code: codeIn(reason),
    error: reason,
    work,
    concerns,
  };
}

/** One job of another version must not hide all others. */
function read({ queue, data }: StoredJob) {
  try {
    return { work: works[queue](data as never), found: concernedBy(queue, data) };
  } catch {
    return { work: 'what this version cannot read', found: null };
  }
}

/** An approval without its approver: their address is not asked for. */
function ofApproval(approval: Approval | null): Concerned | null {
  return approval && auditIds(approval);
}

/** What each job does. */
const works: { readonly [Name in QueueName]: (data: JobData[Name]) => string } = {
  registrations: ({ progress }) => {
    const left = progress?.decision.steps.slice(progress.done) ?? [];
    return progress === undefined ? 'apply the rules' : left.map(stepOnOneLine).join(', ') || 'end the registration';
  },
  confirmations: () => 'look for the registration in the event store, and apply the rules',
  outcomes: () => 'execute the outcome of the approval',
  deadlines: (data) => {
    switch (data.kind) {
      case 'delayed-step':
        return stepOnOneLine({ ...data.step, after: null });
      case 'email-verified':
        return 'look whether the address is verified, and ask the approvers';
      case 'account-deleted':
        return 'end the approvals of the deleted account';
      default:
        return data.kind;
    }
  },
  mail: (data) => messageInWords(data, 'by mail'),
  chat: (data) => messageInWords(data, 'in a channel'),
  webhooks: ({ url }) => `call the webhook at ${URL.canParse(url) ? new URL(url).host : 'an address'}`,
};

function messageInWords(data: MailJob, how: string): string {
  switch (data.kind) {
    case 'approval-request':
      return data.reminder ? `remind an approver ${how}` : `ask an approver ${how}${askedAs(data.asking)}`;
    case 'digest':
      return `ask an approver ${how} about several people`;
    case 'decided':
      return `tell an approver ${how} that others have decided`;
    case 'person':
      return `send the person the mail "${data.message}"`;
    case 'notify':
      return 'send a mail of the step notify';
    case 'flood':
      return `send the mail that the rule "${data.flood.rule}" asks about very many people`;
    case 'rule-stopped':
      return `send the mail that the rule "${data.stopped.rule}" is stopped`;
  }
}

function askedAs(asking: AskedAs = 'ask'): string {
  switch (asking) {
    case 'escalate':
      return ', because nobody decided';
    case 'handed-over':
      return ', to whom another handed the question over';
    case 'again':
      return ' once more';
    default:
      return '';
  }
}
