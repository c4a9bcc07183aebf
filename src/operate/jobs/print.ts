import { type Paint, plain } from '../../platform/paint.ts';
import { oneLine } from '../../platform/safe-text.ts';
import type { RuleRef } from '../../rules/model.ts';
import type { People } from '../people.ts';
import { type Change, neverAfter } from './change.ts';
import { timeOf } from './filter.ts';
import type { ListedJob } from './listed-job.ts';

export function jobAsText(job: ListedJob, people: People, paint: Paint = plain): string {
  const { concerns } = job;
  const person = concerns === null ? 'no one person' : `${people.call(concerns)} of realm ${concerns.realm}`;
  return [
    `${paint(job.state === 'failed' ? 'red' : 'bold', job.state)} ${nameOf(job)}`,
    `  ${person}${concerns === null ? '' : `, client ${oneLine(concerns.clientId)}`}`,
    `  ${job.work}${concerns?.rule === undefined ? '' : ` (${ruleAsText(concerns.rule)})`}`,
    `  ${whenOf(job)}`,
    '',
  ].join('\n');
}

/** All that `show` says. */
export function jobInFull(job: ListedJob, people: People, paint: Paint = plain): string {
  const { concerns, error } = job;
  return [
    jobAsText(job, people, paint).trimEnd(),
    ...(concerns === null ? [] : [`  event ${oneLine(concerns.eventId)}`]),
    ...(concerns?.approval === undefined ? [] : [`  approval ${oneLine(concerns.approval)}`]),
    ...(error === null ? [] : [`  last error: ${oneLine(error, 1_000)}`]),
    '',
  ].join('\n');
}

export function jobAsJson({ concerns, ...job }: ListedJob, people: People, withError = false): object {
  const { realm = null, clientId = null, userId = null, eventId = null, rule = null } = concerns ?? {};
  const { version = null, step = null, approval = null } = concerns ?? {};
  const { error, ...rest } = job;
  return {
    ...rest,
    addedAt: timeText(job.addedAt),
    plannedFor: timeText(job.plannedFor),
    dueAt: timeText(job.dueAt),
    finishedAt: timeText(job.finishedAt),
    ...(withError ? { error } : {}),
    realm,
    clientId,
    userId,
    eventId,
    rule,
    version,
    step,
    approval,
    person: concerns === null ? null : people.call(concerns),
  };
}

export function nameOf({ queue, id }: Pick<ListedJob, 'queue' | 'id'>): string {
  return `${queue}/${id}`;
}

/** How many there are of each kind, the most frequent first. */
export function summaryOf(jobs: readonly ListedJob[]): string[] {
  const kinds = new Map<string, number>();
  for (const { queue, state, code } of jobs) {
    const kind = `${queue}, ${state}${code === null ? '' : `, ${code}`}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].toSorted(([, one], [, two]) => two - one).map(([kind, count]) => `${count} of ${kind}`);
}

export function peopleIn(jobs: readonly ListedJob[]): number {
  return new Set(jobs.flatMap(({ concerns }) => (concerns ? [`${concerns.realm}/${concerns.userId}`] : []))).size;
}

/** What a change will do, before it is done. */
export function planAsText(how: Change, jobs: readonly ListedJob[], people: People, shown = 10): string {
  const lines = jobs.slice(0, shown).map((job) => {
    const person = job.concerns === null ? '' : people.call(job.concerns);
    const what = how === 'drop' ? neverAfter(job, person) : `${job.work}${person === '' ? '' : ` for ${person}`}`;
    return `  ${nameOf(job)}\n    ${what}`;
  });
  const more = jobs.length - lines.length;
  return [
    `${how}: ${counted(jobs.length, 'job')}, ${counted(peopleIn(jobs), 'person', 'people')} affected`,
    ...summaryOf(jobs).map((line) => `  ${line}`),
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ].join('\n');
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function whenOf(job: ListedJob): string {
  const { state, code, attempts, dueAt, plannedFor } = job;
  const failed =
    code === null ? '' : attempts === 0 ? `waits: ${code}, ` : `${code} after ${counted(attempts, 'attempt')}, `;
  const first = dueAt !== null && dueAt <= plannedFor ? 'due' : 'next attempt';
  const due = dueAt === null ? '' : `, ${first} ${timeText(dueAt)}`;
  const verb = state === 'failed' ? 'given up' : state === 'completed' ? 'done' : 'added';
  return `${failed}${verb} ${timeText(timeOf(job))}${due}`;
}

function ruleAsText({ file, line, rule }: RuleRef): string {
  return `${file}:${line} "${oneLine(rule)}"`;
}

function timeText(at: number): string;
function timeText(at: number | null): string | null;
function timeText(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
