import { type JobState, jobStates } from '../adapters/queue/stored-jobs.ts';
import { queueNames } from '../jobs/queues.ts';
import type { QueueName } from '../jobs/payloads.ts';
import { type JobFilter, matches } from '../operate/jobs/filter.ts';
import { listed, type ListedJob } from '../operate/jobs/listed-job.ts';
import type { StoredJob } from '../adapters/queue/stored-jobs.ts';
import { byId, named, type People } from '../operate/people.ts';
import type { Approval } from '../approvals/approval.ts';
import { errorCatalog, isServiceError, ServiceError } from '../platform/errors.ts';
import type { Io } from './command.ts';
import { withKeycloak } from './keycloak.ts';
import { momentOf } from './moment.ts';
import { missing, type Option, suggestion, UsageError } from './parse.ts';
import { isUserId, userIdOf } from './person.ts';
import type { Systems } from './systems.ts';

const group = 'Which jobs';

/** Which jobs a command is about. */
export const filterOptions = {
  queue: { group, among: queueNames, many: true, about: 'jobs of this queue' },
  state: { group, among: jobStates, many: true, about: 'jobs in this state' },
  realm: { group, value: 'REALM', about: 'about people of this realm' },
  client: { group, value: 'CLIENT', about: 'about people who registered for this client' },
  user: { group, value: 'NAME|ID|MAIL', about: 'about this person; other than by id with --realm' },
  rule: { group, value: 'RULE|FILE', about: 'of this rule, by its name or its file' },
  code: { group, value: 'CODE', about: 'whose last error has this code, such as KEYCLOAK_REFUSED' },
  since: { group, value: 'TIME', about: 'given up or added since then: 2h ago, or 2026-11-24T10:00:00Z' },
  before: { group, value: 'TIME', about: 'given up or added before then' },
  limit: { group, value: 'COUNT', about: 'no more than so many' },
} as const satisfies Readonly<Record<string, Option>>;

export const nameOptions = {
  names: { about: "also show people's names and addresses, read from Keycloak" },
  format: { among: ['text', 'json'], initial: 'text', about: 'text for people, json for machines' },
} as const satisfies Readonly<Record<string, Option>>;

export const oneJob = { value: 'QUEUE/ID', about: 'one job, as "jobs list" names it' };

export interface Asked {
  readonly queue: readonly QueueName[];
  readonly state: readonly JobState[];
  readonly realm: string | undefined;
  readonly client: string | undefined;
  readonly user: string | undefined;
  readonly rule: string | undefined;
  readonly code: string | undefined;
  readonly since: string | undefined;
  readonly before: string | undefined;
}

/** @throws UsageError */
export function limitOf(text: string | undefined, usual: number): number {
  const limit = text === undefined ? usual : Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new UsageError(`--limit must be a whole number from 1, not "${text}"`);
  }
  return limit;
}

/** @throws UsageError */
export function refuseUnknownCode(code: string | undefined): void {
  const known = [...Object.keys(errorCatalog), 'UNKNOWN'];
  if (code !== undefined && !known.includes(code)) {
    throw new UsageError(`--code: no error has the code "${code}"${suggestion(code, known)}`);
  }
}

/** @throws UsageError, ServiceError */
export async function filterOf(asked: Asked, io: Io, now: number): Promise<JobFilter> {
  const { queue, realm, client, rule, code, user } = asked;
  if (user !== undefined && realm === undefined && !isUserId(user)) {
    throw missing(['--realm']);
  }
  refuseUnknownCode(code);
  const at = (option: 'since' | 'before') => {
    const text = asked[option];
    return text === undefined ? undefined : momentOf(option, text, now);
  };
  return {
    queues: queue.length === 0 ? queueNames : queue,
    realm,
    client,
    rule,
    code,
    since: at('since'),
    before: at('before'),
    user: user === undefined ? undefined : await userIdOf(io, realm ?? '', user),
  };
}

export interface Found {
  readonly job: ListedJob;
  readonly stored: StoredJob;
}

type Queues = Awaited<ReturnType<Systems['queues']>>;

/** @returns those that match, and how many they are; of these no more than the limit are kept */
export async function findJobs(
  { jobs, approvals }: Queues,
  filter: JobFilter,
  states: readonly JobState[],
  limit: number,
): Promise<{ readonly found: readonly Found[]; readonly total: number }> {
  const found: Found[] = [];
  let total = 0;
  for await (const stored of jobs.read(filter.queues, states)) {
    const job = await listed(stored, (id) => readable(approvals.get(id)));
    if (matches(job, filter)) {
      total += 1;
      if (found.length < limit) {
        found.push({ job, stored });
      }
    }
  }
  return { found, total };
}

/** `null` also for an approval of another version: its jobs can be listed all the same. */
async function readable(approval: Promise<Approval | null>): Promise<Approval | null> {
  return approval.catch((error: unknown) => {
    if (isServiceError(error, 'APPROVAL_UNREADABLE')) {
      return null;
    }
    throw error;
  });
}

/** @throws UsageError, ServiceError CONFIG_INVALID when there is no such job */
export async function findJob({ jobs, approvals }: Queues, name: string): Promise<Found> {
  const [queue = '', ...rest] = name.split('/');
  const known = queueNames.find((each) => each === queue);
  const id = rest.join('/');
  if (known === undefined || id === '') {
    throw new UsageError(`A job is named QUEUE/ID, as "vestibule jobs list" shows it, not "${name}"`);
  }
  const stored = await jobs.find(known, id);
  if (stored === null) {
    throw new ServiceError(
      'CONFIG_INVALID',
      `there is no job ${name}: it is done and forgotten, or REDIS_PREFIX is of another installation`,
    );
  }
  return { stored, job: await listed(stored, (approval) => readable(approvals.get(approval))) };
}

export function peopleOf(io: Io, jobs: readonly ListedJob[], names: boolean): Promise<People> {
  const people = jobs.flatMap(({ concerns }) => (concerns === null ? [] : [concerns]));
  return names && people.length > 0
    ? withKeycloak(io, ({ users }) => named(people, (who) => users.read(who)))
    : Promise.resolve(byId);
}
