import { createHash } from 'node:crypto';

import type { Job, JobData, Jobs } from '../jobs/payloads.ts';
import type { Asked, Collected, DigestJob } from '../jobs/questions.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import type { Approval } from './approval.ts';
import {
  askApprover,
  type AskApproverDeps,
  askedEntry,
  type AskJob,
  openQuestion,
  type Question,
} from './ask-approver.ts';
import type { DigestWindows } from './digest-windows.ts';

/** The queues whose jobs ask approvers. */
type AskingQueue = 'mail' | 'chat';
type AskingJob = Pick<Job<'chat'>, 'id' | 'save'>;
/** The job of a message, as it stands when the message is sent. */
export type SendingJob = Pick<Job<'chat'>, 'data' | 'save'>;

export interface AskingDeps extends AskApproverDeps {
  readonly queue: AskingQueue;
  readonly jobs: Jobs;
  readonly windows: DigestWindows;
  /** What the queue knows of a job. `there`: it waits, runs, or was given up. */
  readonly stateOf: (queue: AskingQueue, id: string) => Promise<'unknown' | 'there' | 'ended'>;
  /** How many questions one message may have. */
  readonly atMost: number;
  /** Sends one question, or several to the same approver. @param key names the message: the same each time */
  readonly send: (job: SendingJob, questions: readonly Question[], key: string) => Promise<void>;
}

export interface Asking {
  ask(job: AskingJob, data: AskJob): Promise<string>;
  digest(job: AskingJob, data: DigestJob): Promise<string>;
}

const graceMs = 1_000;
const waitMs = 2_000;

/**
 * Asks approvers: each question by itself, or several in one message where the rule wants a digest.
 *
 * The first question is sent at once. The next ones are collected: each job waits in its queue, and one job more sends
 * them all when the time is over. Then each of them ends. A question that was not in that message is asked by its own
 * job after all, as are all of them when Redis has lost what was collected. So nobody is left unasked, and at worst an
 * approver gets a question twice.
 */
export function createAsking(deps: AskingDeps): Asking {
  return {
    ask: (job, data) => ask(deps, job, data),
    digest: (job, data) => sendDigest(deps, job, data),
  };
}

async function ask(deps: AskingDeps, job: AskingJob, given: AskJob): Promise<string> {
  const data = given.collected === undefined ? given : await sentWithOthers(deps, job, given, given.collected);
  if (data === null) {
    return 'sent';
  }
  return askApprover(deps, job, data, async (question) => {
    await collect(deps, job, data, question.approval);
    await deps.send({ ...job, data }, [question], job.id);
  });
}

/** `null`: the digest has sent it, and recorded that. Else the job as it goes on by itself. */
async function sentWithOthers(
  { queue, stateOf, windows }: AskingDeps,
  job: AskingJob,
  data: AskJob,
  collected: Collected,
): Promise<AskJob | null> {
  // In this order: a digest that ended has noted before what it sent.
  const digest = await stateOf(queue, digestId(collected));
  if (await windows.wasSent(collected.reader, job.id)) {
    return null;
  }
  if (digest === 'there') {
    throw pending(waitMs);
  }
  const { collected: _done, ...rest } = data;
  const alone: AskJob = { ...rest, alone: true };
  await job.save(alone);
  return alone;
}

/** Resolves when the question is to be sent at once. @throws ServiceError DIGEST_PENDING when it is collected */
async function collect(deps: AskingDeps, job: AskingJob, data: AskJob, approval: Approval): Promise<void> {
  const { jobs, now, queue, windows } = deps;
  const spanMs = approval.digest;
  // A colleague who hands a question over has just said so, and expects the other one to have it.
  if (spanMs === undefined || data.alone === true || data.asking === 'handed-over') {
    return;
  }
  const { approvalId, approver, reminder, asking } = data;
  const asked: Asked = { id: job.id, approvalId, approver, reminder, ...(asking === undefined ? {} : { asking }) };
  const reader = readerOf(approval, approver);
  const place = await windows.enter(reader, asked, spanMs);
  if (place === 'at-once') {
    return;
  }
  const collected = { reader, window: place.window };
  const delayMs = Math.max(0, place.until - now());
  // Queued before the question begins to wait for it. Its id makes it one job for the window.
  await jobs.add(queue, [{ id: digestId(collected), data: { kind: 'digest', ...collected, spanMs }, delayMs }]);
  await job.save({ ...data, collected });
  throw pending(delayMs + graceMs);
}

async function sendDigest(deps: AskingDeps, job: AskingJob, given: DigestJob): Promise<string> {
  const { now, windows } = deps;
  const questions = given.questions ?? (await windows.close(given, job.id, given.spanMs));
  let data: DigestJob & JobData['chat'] = { ...given, questions };
  await job.save(data);
  const ids = new Set(data.sent?.ids);
  const open = await openOnes(
    deps,
    questions.filter(({ id }) => !ids.has(id)),
  );
  try {
    for (let start = 0; start < open.length; start += deps.atMost) {
      const part = open.slice(start, start + deps.atMost);
      const key = `${digestId(given)}-${ids.size}`;
      await deps.send(
        { ...job, data },
        part.map(({ question }) => question),
        key,
      );
      part.forEach(({ asked }) => ids.add(asked.id));
      const { unanswered: _answered, ...rest } = data;
      data = { ...rest, sent: { ids: [...ids], at: now() } };
      await job.save(data);
    }
  } catch (error) {
    if (!isServiceError(error, 'MAIL_REFUSED') && !isServiceError(error, 'CHAT_REFUSED')) {
      throw error;
    }
    // Each question tries by itself. If it is refused too, its own job says so, and the audit has it.
  }
  await recordSent(deps, questions, data.sent);
  if (ids.size === 0) {
    await windows.withdraw(given.reader, job.id);
    return 'no-longer-asked';
  }
  await windows.done(given, [...ids]);
  return 'sent';
}

/** Those that are still open. One that cannot be asked right now is left to its own job. */
async function openOnes(deps: AskingDeps, questions: readonly Asked[]) {
  const open: { readonly asked: Asked; readonly question: Question }[] = [];
  for (const asked of questions) {
    const question = await openQuestion(deps, asked).catch((error: unknown) => {
      if (isServiceError(error, 'ADDRESS_UNVERIFIED') || isServiceError(error, 'USER_NOT_YET_VISIBLE')) {
        return error.code;
      }
      throw error;
    });
    if (typeof question !== 'string') {
      open.push({ asked, question });
    }
  }
  return open;
}

/** Each question has an entry of its own, however often this is repeated. */
async function recordSent(
  { approvals, audit }: AskingDeps,
  questions: readonly Asked[],
  sent: DigestJob['sent'],
): Promise<void> {
  for (const { id, approvalId, approver, reminder } of questions) {
    const approval = sent?.ids.includes(id) === true ? await approvals.get(approvalId) : null;
    const to = approval?.approvers[approver];
    if (approval !== null && to !== undefined && sent !== undefined) {
      await audit.recordOnce(askedEntry(approval, to, reminder), { name: JSON.stringify(['asked', id]), at: sent.at });
    }
  }
}

/** An approver, as one rule file of a realm asks them. */
function readerOf({ realm, rule, approvers }: Approval, approver: number): string {
  return hash([realm, rule.file, approvers[approver] ?? '']);
}

function digestId({ reader, window }: Collected): string {
  return `digest-${reader}-${window}`;
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function pending(retryAfterMs: number): ServiceError {
  return new ServiceError('DIGEST_PENDING', 'the question is sent together with others', { retryAfterMs });
}
