import type { Audit } from '../jobs/audit.ts';
import { type Change, change, neverAfter, obstacleTo } from '../operate/jobs/change.ts';
import { jobAsJson, nameOf, planAsText } from '../operate/jobs/print.ts';
import type { People } from '../operate/people.ts';
import { actorOf } from './actor.ts';
import { ableOf, assertOneOrAll, changeListed, changeOptions, type Wish as Changing } from './change-listed.ts';
import { command, type Command, type Io } from './command.ts';
import {
  filterOf,
  filterOptions,
  findJob,
  findJobs,
  type Found,
  limitOf,
  nameOptions,
  oneJob,
  peopleOf,
} from './jobs-options.ts';
import { type Systems, withSystems } from './systems.ts';

const words = {
  retry: {
    summary: 'have jobs tried again at once, with all their attempts before them',
    done: 'will be tried again',
    question: 'Have them tried again?',
  },
  drop: {
    summary: 'drop jobs: what they were to do never happens',
    done: 'dropped',
    question: 'Drop them? This cannot be taken back.',
  },
} as const;

const atOnce = 50;

export const retryJobs = changing('retry');
export const dropJobs = changing('drop');

function changing(how: Change): Command {
  return command({
    name: `jobs ${how}`,
    summary: words[how].summary,
    forms: ['QUEUE/ID [OPTIONS]', '--all [--code CODE] [--since TIME] [OPTIONS]'],
    argument: oneJob,
    options: {
      all: { group: filterOptions.queue.group, about: 'all failed jobs that the filters let through' },
      ...filterOptions,
      ...changeOptions,
      ...nameOptions,
    },
    notes: [
      'With --all: jobs that failed, unless --state names another state, and 10000 of them at most, unless --limit ' +
        'says otherwise. One job alone is retried without a question.',
      'Reads and writes Redis (REDIS_URL, REDIS_PREFIX), and writes the audit (KAFKA_...) before it changes a job. The ' +
        'service need not run; the jobs are done when it does.',
      'Exit code: 0 done, or nothing to do; 1 some or all were not changed; 2 could not run.',
    ],
    async run({ values, argument }, io) {
      assertOneOrAll(argument, values.all, 'a job');
      const limit = limitOf(values.limit, 10_000);
      const filter = await filterOf(values, io, Date.now());
      return withSystems(io, async (systems) => {
        const queues = await systems.queues();
        const found =
          argument === undefined
            ? (await findJobs(queues, filter, values.state.length === 0 ? ['failed'] : values.state, limit)).found
            : [await findJob(queues, argument)];
        return run(how, { found, asks: argument === undefined || how === 'drop', ...values }, systems, queues, io);
      });
    },
  });
}

interface Wish extends Changing {
  readonly found: readonly Found[];
  readonly names: boolean;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

async function run(
  how: Change,
  wish: Wish,
  systems: Systems,
  { jobs }: Awaited<ReturnType<Systems['queues']>>,
  io: Io,
): Promise<number> {
  const now = Date.now();
  const obstacleOf = ({ job }: Found) => obstacleTo(how, job, now);
  const able = ableOf({ nameOf: ({ job }) => nameOf(job), obstacleTo: obstacleOf }, wish.found, io);
  const jobsOf = (all: readonly Found[]) => all.map(({ job }) => job);
  const people = await peopleOf(io, jobsOf(able), wish.names);
  return changeListed(
    {
      ...words[how],
      how,
      noun: 'job',
      asJson: ({ job }) => jobAsJson(job, people),
      planOf: (all) => planAsText(how, jobsOf(all), people),
      showsPlan: false,
      changeAll: async (all, tell) =>
        changeAll(how, all, { wish, jobs, audit: await systems.audit(), people, tell, io }),
    },
    able,
    wish.found.length - able.length,
    wish,
    io,
  );
}

interface Doing {
  readonly wish: Wish;
  readonly jobs: Parameters<typeof change>[3]['jobs'];
  readonly audit: Pick<Audit, 'record'>;
  readonly people: People;
  readonly tell: (text: string) => void;
  readonly io: Io;
}

async function changeAll(how: Change, able: readonly Found[], doing: Doing): Promise<Found[]> {
  const { wish, jobs, audit, people, tell, io } = doing;
  const actor = actorOf(wish);
  const done: Found[] = [];
  const one = async (each: Found): Promise<void> => {
    const { job } = each;
    if ((await change(how, each, actor, { jobs, audit })) === 'too-late') {
      io.stderr(`${nameOf(job)} was in another state by then: it runs, or is done\n`);
      return;
    }
    done.push(each);
    if (how === 'drop') {
      tell(`${nameOf(job)} ${neverAfter(job, job.concerns === null ? '' : people.call(job.concerns))}\n`);
    }
    if (job.concerns === null) {
      io.stderr(`${nameOf(job)} concerns no one person, so the audit has no entry of this\n`);
    }
  };
  try {
    for (let start = 0; start < able.length; start += atOnce) {
      await Promise.all(able.slice(start, start + atOnce).map(one));
    }
    return done;
  } catch (error) {
    io.stderr(`${done.length} of ${able.length} ${words[how].done} before the fault.\n`);
    throw error;
  }
}
