import { counted, jobAsJson, jobAsText, jobInFull, peopleIn, summaryOf } from '../operate/jobs/print.ts';
import { command } from './command.ts';
import { commandGroup } from './group.ts';
import { dropJobs, retryJobs } from './jobs-change.ts';
import { filterOf, filterOptions, findJob, findJobs, limitOf, nameOptions, oneJob, peopleOf } from './jobs-options.ts';
import { missing } from './parse.ts';
import { withSystems } from './systems.ts';

const settings =
  'Reads Redis, found by REDIS_URL and REDIS_PREFIX; the service need not run. With --names also Keycloak, as ' +
  '"explain" does.';

const list = command({
  name: 'jobs list',
  summary: 'list jobs that wait, run or were given up, and whom they concern',
  options: { ...filterOptions, ...nameOptions },
  notes: [
    'Without --state: all jobs that are not completed. Without --limit: 100 jobs.',
    settings,
    'Exit code: 0 listed, also where there is none, 2 could not run.',
  ],
  async run({ values }, io) {
    const limit = limitOf(values.limit, 100);
    const filter = await filterOf(values, io, Date.now());
    const states = values.state.length === 0 ? (['failed', 'active', 'waiting', 'delayed'] as const) : values.state;
    return withSystems(io, async (systems) => {
      const { found, total } = await findJobs(await systems.queues(), filter, states, limit);
      const jobs = found.map(({ job }) => job);
      const people = await peopleOf(io, jobs, values.names);
      if (values.format === 'json') {
        io.stdout(`${JSON.stringify({ total, jobs: jobs.map((job) => jobAsJson(job, people)) }, null, 2)}\n`);
        return 0;
      }
      io.stdout(jobs.map((job) => jobAsText(job, people, io.paint?.stdout)).join(''));
      const more = total > jobs.length ? `; ${total - jobs.length} more match, see --limit` : '';
      io.stdout(
        [
          `${counted(jobs.length, 'job')}, about ${counted(peopleIn(jobs), 'person', 'people')}${more}`,
          ...summaryOf(jobs).map((line) => `  ${line}`),
          '',
        ].join('\n'),
      );
      return 0;
    });
  },
});

const show = command({
  name: 'jobs show',
  summary: 'show all that is known of one job, with its last error',
  argument: oneJob,
  options: nameOptions,
  notes: [settings, 'Exit code: 0 shown, 2 there is no such job, or could not run.'],
  async run({ values, argument }, io) {
    if (argument === undefined) {
      throw missing(['QUEUE/ID']);
    }
    return withSystems(io, async (systems) => {
      const { job } = await findJob(await systems.queues(), argument);
      const people = await peopleOf(io, [job], values.names);
      io.stdout(
        values.format === 'json'
          ? `${JSON.stringify(jobAsJson(job, people, true), null, 2)}\n`
          : jobInFull(job, people, io.paint?.stdout),
      );
      return 0;
    });
  },
});

export const jobs = commandGroup({
  name: 'jobs',
  summary: 'list jobs of the queues, have them tried again, or drop them',
  commands: { list, show, retry: retryJobs, drop: dropJobs },
});
