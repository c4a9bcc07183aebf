import type { Approval } from '../src/approvals/approval.ts';
import type { AskJob, Question } from '../src/approvals/ask-approver.ts';
import { isChat } from '../src/approvals/chat-approver.ts';
import { type AskingDeps, createAsking, type SendingJob } from '../src/approvals/digest.ts';
import type { Recent } from '../src/approvals/recent.ts';
import { greeted } from '../src/execute/greeted.ts';
import type { Handler, Job, MailJob, Recipient } from '../src/jobs/payloads.ts';
import { decidedAs } from '../src/approvals/tell-others.ts';
import type { UserFacts } from '../src/ingest/user.ts';
import { withoutPersonalData } from '../src/jobs/queues.ts';
import { approvalRequestMail, type ApprovalRequestMail } from '../src/messages/mail/approval-request.ts';
import { decidedMail } from '../src/messages/mail/decided.ts';
import { digestMail } from '../src/messages/mail/digest.ts';
import { floodMail } from '../src/messages/mail/flood.ts';
import type { Mail } from '../src/messages/mail/mail.ts';
import { notifyMail, ruleStoppedMail } from '../src/messages/mail/operators.ts';
import { opensApplication, personMail } from '../src/messages/mail/person.ts';
import { type MailStyle, plainStyle } from '../src/messages/mail/style.ts';
import { isServiceError, ServiceError } from '../src/platform/errors.ts';

export interface MailDeps extends Omit<AskingDeps, 'queue' | 'atMost' | 'send'> {
  /** @param beforeEnd awaited before the server gets the end of the mail, without which it has no mail */
  readonly send: (to: string, mail: Mail, beforeEnd: () => Promise<void>) => Promise<void>;
  /** @param user as the mail shows them; `null`: it shows nothing of them */
  readonly linkFor: (approval: Approval, approver: number, user: UserFacts | null) => string;
  /** How the mails of a client look; all alike by default. */
  readonly styleFor?: (realm: string, clientId: string) => MailStyle;
  /** Where the application of a client is, if Keycloak knows it; by default nobody knows. */
  readonly linkOf?: (realm: string, clientId: string) => Promise<string | null>;
  /** What came before a registration; by default nothing is known. */
  readonly recentOf?: (approval: Approval) => Promise<Recent>;
  /** Where the person takes the request back. Absent: mails offer no such link. */
  readonly withdrawLink?: (approval: Approval) => string;
}

type PersonJob = Extract<MailJob, { kind: 'person' }>;

const nowhere = (): Promise<null> => Promise.resolve(null);
const nothingKnown = (): Promise<Recent> => Promise.resolve({ fromAddress: null });

/** A mail whose fate is not known is sent once more, and not a third time. */
const mostUnanswered = 2;
/** A longer mail would be cut by some mail programs. */
const mostQuestions = 50;

/**
 * Sends one mail. If the process or the connection dies between the end of the mail and the end of the job, the mail is
 * sent once more. Both copies then carry the same link and the same Message-ID.
 */
export function createMail(deps: MailDeps): Handler<'mail'> {
  const { approvals, users, styleFor = () => plainStyle, linkOf = nowhere } = deps;
  const asking = createAsking({
    ...deps,
    queue: 'mail',
    atMost: mostQuestions,
    send: (job, questions, key) => sendQuestions(deps, job, questions, key),
  });
  return async (job) => {
    const { data } = job;
    const send = (to: string, mail: Mail): Promise<void> => sendMarked(deps.send, job, to, mail);
    switch (data.kind) {
      case 'approval-request':
        return (await handedToChat(deps, job, data)) ? 'handed-to-chat' : asking.ask(job, data);
      case 'digest':
        return asking.digest(job, data);
      case 'decided': {
        const decided = await decidedAs({ approvals, users }, data);
        if (typeof decided === 'string') {
          return decided;
        }
        const { to, ...about } = decided;
        const { realm, clientId } = about.approval;
        await send(to, decidedMail({ ...about, style: styleFor(realm, clientId) }));
        return 'sent';
      }
      case 'person': {
        const to = await recipientOf(users, data);
        if (to === null) {
          return 'user-gone';
        }
        const { realm, clientId } = data.who;
        const style = styleFor(realm, clientId);
        const link = opensApplication(data.message) ? (style.link ?? (await linkOf(realm, clientId))) : null;
        const withdraw = await withdrawalOf(deps, data.approval);
        await send(to.address, personMail({ ...data, to }, { ...style, link }, withdraw));
        // The finished job stays for a while to absorb repeats; the address does not.
        await job.save(withoutPersonalData('mail', data));
        return 'sent';
      }
      case 'notify':
        await send(data.to, notifyMail(data));
        return 'sent';
      case 'rule-stopped':
        await send(data.to, ruleStoppedMail(data));
        return 'sent';
      case 'flood':
        await send(data.to, floodMail(data));
        return 'sent';
      default:
        return data satisfies never;
    }
  };
}

/** The link with which the person takes the request back; `null` where nothing waits any more. */
async function withdrawalOf({ approvals, withdrawLink }: MailDeps, id: string | undefined): Promise<string | null> {
  const approval = id === undefined || withdrawLink === undefined ? null : await approvals.get(id);
  return approval?.state === 'waiting' ? (withdrawLink?.(approval) ?? null) : null;
}

/** Keycloak says how to reach the person where the job was given up, and so has lost it. `null`: they are gone. */
async function recipientOf(users: MailDeps['users'], { to, who }: PersonJob): Promise<Recipient | null> {
  if (to.address !== '') {
    return to;
  }
  const user = await users.read(who);
  return user?.email ? { ...to, address: user.email, ...greeted(user) } : null;
}

/** A channel is an approver as others are. Its question is asked by a queue of its own, which no mail server holds up. */
async function handedToChat({ approvals, jobs }: MailDeps, { id }: Job<'mail'>, data: AskJob): Promise<boolean> {
  const approval = await approvals.get(data.approvalId);
  const toChat = isChat(approval?.approvers[data.approver] ?? '');
  if (toChat) {
    await jobs.add('chat', [{ id, data }]);
  }
  return toChat;
}

/** One question is a mail of its own, also when it is all that is left of a digest. */
async function sendQuestions(
  { linkFor, recentOf = nothingKnown, styleFor = () => plainStyle, send }: MailDeps,
  job: SendingJob,
  questions: readonly Question[],
  key: string,
): Promise<void> {
  const shown: ApprovalRequestMail[] = [];
  for (const question of questions) {
    const { approval, approver, user } = question;
    const style = styleFor(approval.realm, approval.clientId);
    shown.push({ ...question, link: linkFor(approval, approver, user), recent: await recentOf(approval), style });
  }
  const [first, ...others] = shown;
  const to = questions[0]?.to;
  if (first !== undefined && to !== undefined) {
    const { style = plainStyle } = first;
    const mail =
      others.length === 0 ? approvalRequestMail(first) : digestMail({ entries: [first, ...others], key, style });
    await sendMarked(send, job, to, mail);
  }
}

/**
 * Marks the job before the server gets the end of the mail, and takes the mark away when the server refuses the mail. So
 * the mark counts the times that the mail may have arrived, also those in which this process died.
 * @throws ServiceError MAIL_UNCLEAR when it may have arrived twice
 */
async function sendMarked(
  send: MailDeps['send'],
  job: Pick<Job<'mail'>, 'data' | 'save'>,
  to: string,
  mail: Mail,
): Promise<void> {
  const { data } = job;
  const unanswered = data.unanswered ?? 0;
  if (unanswered >= mostUnanswered) {
    throw unclear(mail);
  }
  let marked = false;
  try {
    await send(to, mail, async () => {
      marked = true;
      await job.save({ ...data, unanswered: unanswered + 1 });
    });
  } catch (error) {
    if (isServiceError(error, 'MAIL_UNANSWERED')) {
      throw unanswered + 1 >= mostUnanswered ? unclear(mail) : error;
    }
    if (marked) {
      await job.save(data);
    }
    throw error;
  }
}

function unclear({ key }: Mail): ServiceError {
  return new ServiceError('MAIL_UNCLEAR', `the mail server got the mail ${mostUnanswered} times without an answer`, {
    mail: key,
  });
}
