import type { AuditEntry } from './audit.ts';
import type { AskedAs, Collected, DecidedJob, DigestJob, FloodJob } from './questions.ts';
import type { Via } from '../ingest/arrivals.ts';
import type { Registration, UserRef } from '../ingest/registration.ts';
import type { StepContext } from '../rules/steps/effects.ts';
import type { Fate } from '../rules/decide/fate.ts';
import type { Answer, Decision, Question, RuleRef, Step } from '../rules/model.ts';
import type { OutcomeJob } from './outcome-job.ts';

/** How to reach the person who registered; kept only as long as the job needs it. */
export interface Recipient {
  readonly address: string;
  readonly locale: string | null;
  /** With which a mail greets the person; absent where there is none that could do no harm in a mail. */
  readonly name?: string;
  /** Keycloak asks the person to confirm the address. */
  readonly toVerify?: boolean;
}

/** A plan under way: which steps, and how many of them are done. */
export interface Progress {
  readonly decision: Pick<Decision, 'version' | 'matched' | 'steps' | 'application' | 'language' | 'dryRun'>;
  readonly done: number;
  readonly person: Recipient | null;
  readonly accountWasEnabled: boolean;
  /** The audit entry of the decision. Absent once the audit has it. */
  readonly record?: AuditEntry;
  /** Set where the decision lets a person through whom the gate holds: how many steps come before that. */
  readonly opensGateAfter?: number;
  /** This service disabled the account, because its deletion waits for the audit. */
  readonly disabledInstead?: true;
}

/** A registration that nothing proves yet: enough of it to look for it in Keycloak's event store. */
export type ConfirmationJob = Pick<Registration, 'eventId' | 'time' | 'realm' | 'clientId' | 'userId'>;

export interface RegistrationJob {
  /** Proven: signed by our listener, or as Keycloak's event store has it. */
  readonly registration: Registration;
  /** How it came first. Absent in a job of an earlier version. */
  readonly via?: Via;
  /** Set once decided, so that a job that resumes runs the plan it began. */
  readonly progress?: Progress;
  /** What systems of the company answered, until it is decided: another attempt must not decide by other answers. */
  readonly answers?: readonly Answered[];
  /** Set while the job waits for its stopped rule. It is decided anew after that. */
  readonly stopped?: Stopped;
  /** Set while the job waits because request headers are not known, which the audit has then. */
  readonly headersUnknown?: true;
  /** Set when the job ended and what the person typed was removed. A later attempt reads it again. */
  readonly bare?: true;
}

/** What a system of the company answered about a person. */
export interface Answered {
  readonly question: Question;
  readonly answer: Answer;
}

export interface Stopped {
  readonly rule: RuleRef;
  /** Whether the person was disabled instead of deleted. */
  readonly disabled: boolean;
}

/** Repeated tasks, each on a schedule of its own. */
export type RepeatedTask = 'sweep' | 'reconcile' | 'look-for-verified';

/** A rule that has reached its limit. */
export interface StoppedRule extends Pick<RuleRef, 'file' | 'rule'> {
  readonly realm: string;
  /** ms since 1970. */
  readonly at: number;
}

export type DeadlineJob =
  | { readonly kind: RepeatedTask }
  | {
      readonly kind: 'delayed-step';
      readonly context: StepContext;
      readonly step: Step;
      /** As of a registration's job. */
      readonly bare?: true;
    }
  | { readonly kind: 'email-verified' | 'account-deleted'; readonly realm: string; readonly userId: string }
  /** An early disable was undone. Whether its last request reached Keycloak after that is looked at once more. */
  | { readonly kind: 'let-go'; readonly registration: Registration };

export type MailJob = { readonly unanswered?: Unanswered } & MailKind;

/** How often the mail server got the whole mail without an answer, this attempt included. */
export type Unanswered = number;

type MailKind =
  | {
      readonly kind: 'approval-request';
      readonly approvalId: string;
      readonly approver: number;
      readonly reminder: boolean;
      /** Absent in jobs of earlier versions. */
      readonly asking?: AskedAs;
      /** The mail server has the mail. Only the audit entry is left to do. */
      readonly sent?: true;
      /** Set while it waits to be sent with others. */
      readonly collected?: Collected;
      /** It was left out of what was sent with others, and is sent by itself. */
      readonly alone?: true;
    }
  | {
      readonly kind: 'person';
      readonly key: string;
      /** The address is '' once the job ended, and the name is gone. A later attempt asks Keycloak for both. */
      readonly to: Recipient;
      readonly who: UserRef & Pick<Registration, 'clientId' | 'eventId'>;
      /** The start of keys of the catalogue. */
      readonly message: string;
      /** The approval whose outcome the mail tells. */
      readonly follows?: string;
      readonly application: string;
      readonly fate?: Fate;
      /** The approval that the person waits for, and may take back. */
      readonly approval?: string;
      /** Of a rejection, in the approver's words. Goes when the job ends. */
      readonly reason?: string;
      /** In how many ms a decision usually comes, where the person waits for one and the rule says so. */
      readonly usuallyWithin?: number;
    }
  | {
      readonly kind: 'notify';
      readonly key: string;
      readonly to: string;
      readonly subject: string | null;
      readonly about: About;
    }
  | {
      readonly kind: 'rule-stopped';
      readonly key: string;
      readonly to: string;
      readonly stopped: StoppedRule;
      readonly limit: number;
    }
  | DigestJob
  | DecidedJob
  | FloodJob;

/** A message to a channel. `unanswered`: as of a mail. */
export type ChatJob = Extract<MailJob, { readonly kind: 'approval-request' | 'digest' | 'decided' }>;

/** A registration in ids: what may travel to administrators and their systems. */
export interface About {
  readonly eventId: string;
  readonly registeredAt: number;
  readonly realm: string;
  readonly clientId: string;
  readonly userId: string;
  readonly source: string;
  readonly application: string;
  readonly rule: string;
}

export interface WebhookJob {
  /** The message id: the same on each attempt, so that the receiver recognises repeats. */
  readonly key: string;
  readonly url: string;
  readonly about: About;
}

export interface JobData {
  readonly registrations: RegistrationJob;
  readonly confirmations: ConfirmationJob;
  readonly outcomes: OutcomeJob;
  readonly deadlines: DeadlineJob;
  readonly mail: MailJob;
  readonly chat: ChatJob;
  readonly webhooks: WebhookJob;
}

export type QueueName = keyof JobData;

/** An operator dropped the job. It ends without its effect, and its id stays taken. */
export interface Dropped {
  readonly dropped?: true;
}

export interface NewJob<Name extends QueueName> {
  /** Derived from what caused the job: adding it twice adds it once. No `:`. */
  readonly id: string;
  readonly data: JobData[Name];
  readonly delayMs?: number;
}

/** Resolves when the jobs are durable in the queue. */
export interface Jobs {
  add<Name extends QueueName>(queue: Name, jobs: readonly NewJob<Name>[]): Promise<void>;
}

/** A job as its worker sees it. */
export interface Job<Name extends QueueName> {
  readonly id: string;
  readonly data: JobData[Name];
  /** Replaces the data, so that a later attempt resumes from there. */
  save(data: JobData[Name]): Promise<void>;
}

/** What a worker does with one job. The word that it returns is counted as the outcome. It may run twice. */
export type Handler<Name extends QueueName> = (job: Job<Name>) => Promise<string>;

/** One user's jobs run one after another, also across instances. */
export interface UserLock {
  /** @throws ServiceError USER_BUSY when another job holds the user; the job is then tried again shortly. */
  hold<T>(who: { realm: string; userId: string }, jobId: string, work: () => Promise<T>): Promise<T>;
}

export type { Lockouts, Mark, Registered } from './lockouts.ts';
