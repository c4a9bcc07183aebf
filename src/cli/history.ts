import { readTopic } from '../adapters/kafka/topic-reader.ts';
import { createOutcomeQueue } from '../adapters/queue/outcome-queue.ts';
import type { Approval } from '../approvals/approval.ts';
import { type Trouble, troubleOf } from '../approvals/trouble.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { AuditRecord } from '../jobs/audit.ts';
import { queueNames } from '../jobs/queues.ts';
import {
  approvalAsJson,
  approvalAsText,
  entriesAsText,
  PersonHistory,
  withoutAddresses,
} from '../operate/history/person-history.ts';
import { troubleAsText } from '../operate/approvals/print.ts';
import type { ListedJob } from '../operate/jobs/listed-job.ts';
import { counted, jobAsJson, jobAsText } from '../operate/jobs/print.ts';
import { byId, named, type People } from '../operate/people.ts';
import { command, type Io } from './command.ts';
import { findJobs, nameOptions } from './jobs-options.ts';
import { withKeycloak } from './keycloak.ts';
import { momentOf } from './moment.ts';
import { userIdOf } from './person.ts';
import { progressOn } from './progress.ts';
import { type Systems, topicsOf, withSystems } from './systems.ts';

export const history = command({
  name: 'history',
  summary: 'tell what happened to a person: decisions, steps, votes, mails, and what still waits',
  options: {
    realm: { value: 'REALM', required: true, about: 'the realm of the person' },
    user: {
      value: 'NAME|ID|MAIL',
      required: true,
      about: 'the person, by user name, id or e-mail address, as a whole; also one whose account is deleted',
    },
    since: { value: 'TIME', initial: '90d', about: 'how far back: 2h, 90d, or 2026-11-24T10:00:00Z' },
    'all-partitions': { about: 'read the whole audit topic; needed where it was given more partitions since' },
    names: { about: "also show the person's name and address, and the addresses of approvers in full" },
    format: nameOptions.format,
  },
  notes: [
    'Reads the audit (KAFKA_..., KAFKA_AUDIT_TOPIC), and what still waits in Redis (REDIS_URL, REDIS_PREFIX), where ' +
      'REDIS_URL is set. A name is looked up in Keycloak: among its users, then among the registrations of its event store. The service need not run.',
    '"explain --realm REALM --user NAME" says what the rules of now would do about the same person.',
    'Nothing is changed. Exit code: 0 told, 1 nothing is known of the person in that time, 2 could not run.',
  ],
  async run({ values }, io) {
    const { realm, names } = values;
    const since = momentOf('since', values.since, Date.now());
    const userId = await userIdOf(io, realm, values.user);
    const who = { realm, userId };
    const people = names ? await withKeycloak(io, ({ users }) => named([who], (one) => users.read(one))) : byId;
    return withSystems(io, async (systems) => {
      const found = await audited(systems, io, { who, since, whole: values['all-partitions'] });
      const entries = names ? found : found.map(withoutAddresses);
      const waiting = await waitingFor(systems, io, who, found);
      const told = { who, since, people, names, entries, ...waiting };
      io.stdout(values.format === 'json' ? asJson(told) : asText(told, io));
      return entries.length + waiting.jobs.length + waiting.approvals.length === 0 ? 1 : 0;
    });
  },
});

interface Told extends Waiting {
  readonly who: UserRef;
  readonly since: number;
  readonly people: People;
  readonly names: boolean;
  readonly entries: readonly AuditRecord[];
}

interface OpenApproval {
  readonly approval: Approval;
  readonly trouble: readonly Trouble[];
}

interface Waiting {
  readonly jobs: readonly ListedJob[];
  readonly approvals: readonly OpenApproval[];
  /** Whether Redis was looked at. */
  readonly looked: boolean;
}

async function audited(
  systems: Systems,
  io: Io,
  { who, since, whole }: { readonly who: UserRef; readonly since: number; readonly whole: boolean },
): Promise<readonly AuditRecord[]> {
  const config = topicsOf(io);
  const found = new PersonHistory(who);
  const show = progressOn(io);
  let read = 0;
  await readTopic({
    kafka: systems.kafka(),
    topic: config.KAFKA_AUDIT_TOPIC,
    setting: 'KAFKA_AUDIT_TOPIC',
    group: config.KAFKA_GROUP,
    since,
    ...(whole ? {} : { key: who.userId }),
    onRecord(value, total, { key }) {
      show(`${++read} of ${total} records read`);
      found.add(String(key), value);
    },
  });
  if (found.unreadable > 0) {
    io.stderr(`${counted(found.unreadable, 'record')} of this person could not be read and had to be left out\n`);
  }
  return found.entries();
}

async function waitingFor(
  systems: Systems,
  io: Io,
  { realm, userId }: UserRef,
  entries: readonly AuditRecord[],
): Promise<Waiting> {
  if (!io.env['REDIS_URL'] && !io.env['REDIS_URL_FILE']) {
    return { jobs: [], approvals: [], looked: false };
  }
  const queues = await systems.queues();
  const filter = { queues: queueNames, realm, user: userId };
  const { found } = await findJobs(queues, filter, ['failed', 'active', 'waiting', 'delayed'], 1_000);
  // The index of a user has those that wait for votes. A decided one waits for its outcome: the audit names it.
  const named = entries.flatMap(({ approval }) => approval ?? []);
  const ids = new Set([...(await queues.approvals.ofUser(realm, userId)), ...named]);
  const approvals = await Promise.all([...ids].map((id) => queues.approvals.get(id)));
  const open = approvals.filter((each) => each !== null && !each.settled) as Approval[];
  const outcomes = createOutcomeQueue(queues.jobs);
  const told = open.map(async (approval) => ({ approval, trouble: await troubleOf(outcomes, approval) }));
  return { jobs: found.map(({ job }) => job), approvals: await Promise.all(told), looked: true };
}

function asText({ who, since, people, entries, jobs, approvals, looked }: Told, io: Io): string {
  const paint = io.paint?.stdout;
  const waits = [...approvals.map(openAsText), ...jobs.map((job) => jobAsText(job, people, paint))];
  return [
    `${people.call(who)} of realm ${who.realm}, since ${new Date(since).toISOString()}\n`,
    ...(entries.length === 0 ? ['the audit has nothing of that person in this time\n'] : [entriesAsText(entries)]),
    looked
      ? waits.length === 0
        ? 'nothing waits\n'
        : 'what waits:\n'
      : 'REDIS_URL is not set: what waits is unknown\n',
    ...waits,
  ].join('');
}

function openAsText({ approval, trouble }: OpenApproval): string {
  return [approvalAsText(approval), ...trouble.map((one) => `  ${troubleAsText(one)}\n`)].join('');
}

function asJson({ who, since, people, names, entries, jobs, approvals, looked }: Told): string {
  const told = {
    ...who,
    person: people.call(who),
    since: new Date(since).toISOString(),
    entries,
    waiting: looked
      ? {
          approvals: approvals.map(({ approval, trouble }) => ({ ...approvalAsJson(approval, names), trouble })),
          jobs: jobs.map((job) => jobAsJson(job, people)),
        }
      : null,
  };
  return `${JSON.stringify(told, null, 2)}\n`;
}
