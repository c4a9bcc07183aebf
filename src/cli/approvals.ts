import { createOutcomeQueue } from '../adapters/queue/outcome-queue.ts';
import { unsentMails } from '../adapters/queue/unsent-mails.ts';
import { retryOutcome } from '../approvals/retry.ts';
import { review, type Reviewed, reviewed, standings } from '../approvals/review.ts';
import { queueNames } from '../jobs/queues.ts';
import { type Naming, requestAsJson, requestAsText } from '../operate/approvals/print.ts';
import { counted, jobAsJson, jobAsText } from '../operate/jobs/print.ts';
import { byId, named } from '../operate/people.ts';
import { ServiceError } from '../platform/errors.ts';
import { actorOf, actorOptions } from './actor.ts';
import { command, type Io } from './command.ts';
import { commandGroup } from './group.ts';
import { findJobs, limitOf, nameOptions } from './jobs-options.ts';
import { withKeycloak } from './keycloak.ts';
import { missing } from './parse.ts';
import { type Systems, withSystems } from './systems.ts';

const settings =
  'Reads Redis, found by REDIS_URL and REDIS_PREFIX; the service need not run. With --names also Keycloak, as ' +
  '"explain" does.';

const one = { value: 'ID', about: 'one request, as "approvals list" names it' };
const names = {
  ...nameOptions,
  names: { about: "also show the person's name and address, and the addresses of approvers in full" },
};

type Queues = Awaited<ReturnType<Systems['queues']>>;

const list = command({
  name: 'approvals list',
  summary: 'list requests that wait for approvers, and decided ones with what keeps them from being done',
  options: {
    state: { among: standings.slice(0, -1), many: true, about: 'requests that stand so' },
    realm: { value: 'REALM', about: 'of people of this realm' },
    client: { value: 'CLIENT', about: 'of people who registered for this client' },
    limit: { value: 'COUNT', about: 'look at no more than so many', initial: '500' },
    ...names,
  },
  notes: [
    'What needs somebody comes first: given-up (nobody tries it again), not-told (all is done, but the mail to the ' +
      'person was not sent), trouble (it fails, and is tried again), under-way, waiting (for votes).',
    settings,
    'Exit code: 0 listed, also where there is none, 2 could not run.',
  ],
  async run({ values }, io) {
    const limit = limitOf(values.limit, 500);
    return withSystems(io, async (systems) => {
      const queues = await systems.queues();
      const { requests, more } = await review(sourcesOf(queues), limit);
      const found = requests.filter(
        ({ approval, standing }) =>
          (values.state.length === 0 || values.state.includes(standing)) &&
          (values.realm === undefined || approval.realm === values.realm) &&
          (values.client === undefined || approval.clientId === values.client),
      );
      const naming = await namingOf(io, found, values.names);
      if (values.format === 'json') {
        const approvals = found.map((request) => requestAsJson(request, naming));
        io.stdout(`${JSON.stringify({ approvals, more }, null, 2)}\n`);
        return 0;
      }
      io.stdout(found.map((request) => requestAsText(request, naming, io.paint?.stdout)).join(''));
      io.stdout(
        `${counted(found.length, 'request')}${more > 0 ? `; ${more} more were not looked at, see --limit` : ''}\n`,
      );
      return 0;
    });
  },
});

const show = command({
  name: 'approvals show',
  summary: 'show one request: votes, what keeps it from being done, and the jobs of its registration',
  argument: one,
  options: names,
  notes: [settings, 'Exit code: 0 shown, 2 there is no such request, or could not run.'],
  async run({ values, argument }, io) {
    return withSystems(io, async (systems) => {
      const queues = await systems.queues();
      const request = await find(queues, argument);
      const naming = await namingOf(io, [request], values.names);
      const jobs = await jobsOf(queues, request);
      if (values.format === 'json') {
        const told = { ...requestAsJson(request, naming), jobs: jobs.map((job) => jobAsJson(job, naming.people)) };
        io.stdout(`${JSON.stringify(told, null, 2)}\n`);
        return 0;
      }
      const paint = io.paint?.stdout;
      io.stdout(requestAsText(request, naming, paint));
      io.stdout(jobs.length === 0 ? 'no job waits\n' : 'jobs that wait, run or were given up:\n');
      io.stdout(jobs.map((job) => jobAsText(job, naming.people, paint)).join(''));
      return 0;
    });
  },
});

const retry = command({
  name: 'approvals retry',
  summary: 'have what follows a decision tried again at once; what is done stays done',
  argument: one,
  options: { ...actorOptions, ...names },
  notes: [
    'Reads and writes Redis (REDIS_URL, REDIS_PREFIX), and writes the audit (KAFKA_...) before it changes anything. The ' +
      'service need not run; the steps are done when it does. "vestibule jobs retry" has mails tried again.',
    'Exit code: 0 will be tried again; 1 there is nothing to try again; 2 could not run.',
  ],
  async run({ values, argument }, io) {
    return withSystems(io, async (systems) => {
      const queues = await systems.queues();
      const request = await find(queues, argument);
      const { by, reason } = actorOf(values);
      const wish = { by, because: reason ?? 'no reason given', early: true } as const;
      const outcomes = createOutcomeQueue(queues.jobs);
      const audit = { record: async (entry: Entry) => (await systems.audit()).record(entry) };
      const done = await retryOutcome({ outcomes, audit }, request.approval, wish);
      if (values.format === 'json') {
        const naming = await namingOf(io, [request], values.names);
        io.stdout(`${JSON.stringify({ retried: done, approval: requestAsJson(request, naming) }, null, 2)}\n`);
      } else {
        const { id } = request.approval;
        io.stdout(done ? `${id} will be tried again\n` : `Nothing to try again: ${id} is ${request.standing}\n`);
      }
      return done ? 0 : 1;
    });
  },
});

type Entry = Parameters<Awaited<ReturnType<Systems['audit']>>['record']>[0];

export const approvals = commandGroup({
  name: 'approvals',
  summary: 'list requests for approval, tell what keeps a decided one from being done, and have it tried again',
  commands: { list, show, retry },
});

function sourcesOf({ jobs, approvals }: Queues) {
  return { approvals, outcomes: createOutcomeQueue(jobs), unsent: () => unsentMails(jobs) };
}

/** @throws UsageError, ServiceError CONFIG_INVALID when there is no such request */
async function find({ jobs, approvals }: Queues, id: string | undefined): Promise<Reviewed> {
  if (id === undefined) {
    throw missing(['ID']);
  }
  const approval = await approvals.get(id);
  if (approval === null) {
    throw new ServiceError(
      'CONFIG_INVALID',
      `there is no request ${id}: it is forgotten, or REDIS_PREFIX is of another installation`,
    );
  }
  return reviewed(approval, { outcomes: createOutcomeQueue(jobs), unsent: await unsentMails(jobs) });
}

async function jobsOf(queues: Queues, { approval }: Reviewed) {
  const { realm, userId, eventId } = approval;
  const filter = { queues: queueNames, realm, user: userId };
  const { found } = await findJobs(queues, filter, ['failed', 'active', 'waiting', 'delayed'], 1_000);
  return found.map(({ job }) => job).filter(({ concerns }) => concerns?.eventId === eventId);
}

async function namingOf(io: Io, requests: readonly Reviewed[], wanted: boolean): Promise<Naming> {
  const who = requests.map(({ approval }) => approval);
  const people =
    wanted && who.length > 0 ? await withKeycloak(io, ({ users }) => named(who, (each) => users.read(each))) : byId;
  return { people, names: wanted };
}
