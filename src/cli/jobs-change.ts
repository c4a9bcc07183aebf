import type { Audit } from '../jobs/audit.ts';
import { type Change, change, neverAfter, obstacleTo } from '../operate/jobs/change.ts';
import { counted, jobAsJson, nameOf, planAsText } from '../operate/jobs/print.ts';
import type { People } from '../operate/people.ts';
import { actorOf, actorOptions } from './actor.ts';
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
import { UsageError } from './parse.ts';
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
      'dry-run': { about: 'only show what would be done' },
      yes: { about: 'do not ask' },
      ...actorOptions,
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
      if ((argument === undefined) === !values.all) {
        throw new UsageError(
          argument === undefined ? 'Name a job, or give --all' : 'Name a job or give --all, not both',
        );
      }
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

interface Wish {
  readonly found: readonly Found[];
  readonly asks: boolean;
  readonly yes: boolean;
  readonly names: boolean;
  readonly 'dry-run': boolean;
  readonly format: 'text' | 'json';
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
  const able = wish.found.filter(({ job }) => obstacleTo(how, job, now) === null);
  for (const { job } of wish.found) {
    const obstacle = obstacleTo(how, job, now);
    if (obstacle !== null) {
      io.stderr(`${nameOf(job)} is left alone: ${obstacle}\n`);
    }
  }
  const listedJobs = able.map(({ job }) => job);
  const people = await peopleOf(io, listedJobs, wish.names);
  const output = (done: readonly Found[]) =>
    wish.format === 'json' &&
    io.stdout(`${JSON.stringify({ [how]: done.map(({ job }) => jobAsJson(job, people)) }, null, 2)}\n`);
  const tell = (text: string) => (wish.format === 'json' ? io.stderr(text) : io.stdout(text));
  const missed = wish.found.length - able.length;
  if (able.length === 0) {
    tell(`Nothing to ${how}.\n`);
    output([]);
    return missed === 0 ? 0 : 1;
  }
  if (wish.asks || wish['dry-run']) {
    tell(planAsText(how, listedJobs, people));
  }
  if (wish['dry-run']) {
    output(able);
    return 0;
  }
  if (wish.asks && !wish.yes && !(await io.agreed?.(words[how].question))) {
    io.stderr(`Nothing was changed.${io.agreed ? '' : ' There is no terminal to ask in: add --yes.'}\n`);
    return 1;
  }
  const done = await changeAll(how, able, { wish, jobs, audit: await systems.audit(), people, tell, io });
  output(done);
  tell(`${counted(done.length, 'job')} ${words[how].done}\n`);
  return missed + able.length - done.length === 0 ? 0 : 1;
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
