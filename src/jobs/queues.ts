import { type AuditEntry, idsOf } from './audit.ts';
import type { ChatJob, DeadlineJob, Dropped, JobData, MailJob, QueueName, RegistrationJob } from './payloads.ts';
import { bareContext, bareRegistration } from './personal-data.ts';
import type { RuleRef } from '../rules/model.ts';

/** The registration that a job concerns, in ids. */
export type Concerned = Pick<AuditEntry, 'realm' | 'clientId' | 'userId' | 'eventId'> &
  Pick<AuditEntry, 'approval' | 'rule' | 'version' | 'step' | 'to'>;

/** The approval that knows it, and which of its approvers the job is for. */
export interface ByApproval {
  readonly approvalId: string;
  readonly approver?: number;
}

interface QueueKind<Data> {
  /**
   * A job's data as it may stay in Redis after the job is finished or given up, without personal data. If an operator
   * has such a job tried again, it reads what it needs from Keycloak.
   */
  readonly bare: (data: Data) => Data;
  /** What the audit is to have of a job that was given up. `null`: it concerns no one registration. */
  readonly concerns: (data: Data) => Concerned | ByApproval | null;
}

/** Every queue there is. */
const queues: { readonly [Name in QueueName]: QueueKind<JobData[Name]> } = {
  registrations: {
    bare: bareRegistrationJob,
    concerns: ({ registration, progress }) => ({ ...idsOf(registration), ...nextStep(progress) }),
  },
  confirmations: { bare: same, concerns: idsOf },
  outcomes: { bare: same, concerns: ({ approvalId }) => ({ approvalId }) },
  deadlines: { bare: bareDeadline, concerns: concernedByDeadline },
  mail: { bare: bareMail, concerns: concernedByMail },
  chat: { bare: answered, concerns: concernedByMail },
  webhooks: { bare: same, concerns: ({ about }) => ({ ...idsOf(about), step: 'webhook' }) },
};

export const queueNames = Object.keys(queues) as readonly QueueName[];

export function withoutPersonalData<Name extends QueueName>(queue: Name, data: JobData[Name]): JobData[Name] {
  return kindOf(queue).bare(data);
}

/** A job's data once an operator dropped the job. */
export function dropped<Name extends QueueName>(queue: Name, data: JobData[Name]): JobData[Name] & Dropped {
  return { ...withoutPersonalData(queue, data), dropped: true };
}

export function isDropped(data: object): boolean {
  return 'dropped' in data && data.dropped === true;
}

export function concernedBy<Name extends QueueName>(queue: Name, data: JobData[Name]): Concerned | ByApproval | null {
  return kindOf(queue).concerns(data);
}

function kindOf<Name extends QueueName>(queue: Name): QueueKind<JobData[Name]> {
  return queues[queue];
}

function same<Data>(data: Data): Data {
  return data;
}

function bareRegistrationJob({ registration, progress, answers: _answers, ...rest }: RegistrationJob): RegistrationJob {
  return {
    ...rest,
    registration: bareRegistration(registration),
    ...(progress === undefined ? {} : { progress: { ...progress, person: null } }),
    bare: true,
  };
}

function bareDeadline(job: DeadlineJob): DeadlineJob {
  return job.kind === 'delayed-step' ? { ...job, context: bareContext(job.context), bare: true } : job;
}

/** As of a mail. */
function answered({ unanswered: _unanswered, ...job }: ChatJob): ChatJob {
  return job;
}

/** An operator who has a mail tried again that may have arrived wants it sent again. */
function bareMail({ unanswered: _unanswered, ...job }: MailJob): MailJob {
  if (job.kind !== 'person') {
    return job;
  }
  const { reason: _reason, ...rest } = job;
  const { name: _name, ...to } = job.to;
  return { ...rest, to: { ...to, address: '' } };
}

function concernedByDeadline(job: DeadlineJob): Concerned | null {
  switch (job.kind) {
    case 'delayed-step':
      return { ...idsOf(job.context.registration), ...ruled(job.context), step: job.step.uses };
    case 'let-go':
      return { ...idsOf(job.registration), step: 'undo-early-disable' };
    default:
      return null;
  }
}

function concernedByMail(job: MailJob): Concerned | ByApproval | null {
  switch (job.kind) {
    case 'approval-request':
    case 'decided':
      return { approvalId: job.approvalId, approver: job.approver };
    case 'person':
      return {
        ...idsOf(job.who),
        step: 'notify-user',
        ...approvalOf(job),
      };
    case 'notify':
      return { ...idsOf(job.about), step: 'notify' };
    case 'rule-stopped':
    case 'flood':
    case 'digest': // each of its questions has a job of its own
      return null;
  }
}

function nextStep(progress: RegistrationJob['progress']): Pick<Concerned, 'rule' | 'version' | 'step'> {
  if (progress === undefined || progress.decision.matched === null) {
    return {};
  }
  const { decision, done } = progress;
  const step = decision.steps[done]?.uses;
  return { rule: progress.decision.matched, version: decision.version, ...(step === undefined ? {} : { step }) };
}

export function ruled({ rule, version }: { readonly rule: RuleRef; readonly version: string }) {
  return { rule, version };
}

/** The approval that a mail to the person is about. */
function approvalOf({ follows, approval = follows }: { readonly follows?: string; readonly approval?: string }) {
  return approval === undefined ? {} : { approval };
}
