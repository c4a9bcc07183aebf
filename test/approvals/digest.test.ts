import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval } from '../../src/approvals/approval.ts';
import { askJob } from '../../src/approvals/ask-job.ts';
import type { Question } from '../../src/approvals/ask-approver.ts';
import { createAsking } from '../../src/approvals/digest.ts';
import { ask } from '../../src/approvals/open.ts';
import { markObsolete, vote } from '../../src/approvals/transitions.ts';
import type { NewJob } from '../../src/jobs/payloads.ts';
import { isServiceError, ServiceError } from '../../src/platform/errors.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeDigestWindows } from '../fakes/digest-windows.ts';
import { fakeJob, FakeJobs } from '../fakes/jobs.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const minute = 60_000;
const span = 15 * minute;

interface Held {
  readonly job: ReturnType<typeof fakeJob<'mail'>>;
  /** As it was added, which is what Kafka remembers. */
  readonly added: NewJob<'mail'>;
  due: number;
  state: 'there' | 'ended' | 'given-up';
  outcome?: string;
}

/** The queue of mails with a clock of its own, and a Redis that can be emptied. */
class World {
  now = registeredAt;
  readonly approvals = new FakeApprovals();
  readonly audit = new FakeAudit();
  readonly accounts = new FakeAccounts();
  readonly jobs = new FakeJobs();
  readonly windows = new FakeDigestWindows(() => this.now);
  readonly held = new Map<string, Held>();
  /** User ids of each mail, with its time since the beginning in minutes. */
  readonly mails: { readonly at: number; readonly about: readonly string[]; readonly key: string }[] = [];
  /** The names of all messages that went to the server, also of those that it did not take. */
  readonly tried: string[] = [];
  /** What the mail server does with a mail of so many questions. */
  server: (questions: number) => void = () => undefined;

  readonly #asking = createAsking({
    approvals: this.approvals,
    users: this.accounts,
    audit: this.audit,
    now: () => this.now,
    queue: 'mail',
    jobs: this.jobs,
    windows: this.windows,
    stateOf: async (_queue, id) => {
      const { state = 'unknown' } = this.held.get(id) ?? {};
      return state === 'given-up' ? 'there' : state;
    },
    atMost: 50,
    send: async (_job, questions, key) => this.#send(questions, key),
  });

  #send(questions: readonly Question[], key: string): void {
    this.tried.push(key);
    this.server(questions.length);
    const about = questions.map(({ approval }) => approval.userId).toSorted();
    this.mails.push({ at: (this.now - registeredAt) / minute, about, key });
  }

  /** Somebody registers, and one approver is asked. */
  async asks(name: string, changes: Partial<Approval> = {}): Promise<Approval> {
    const registration = { ...mia, userId: name, eventId: `event of ${name}` };
    const about = { ...context, registration, key: `key of ${name}` };
    const request = requestOf({ digest: span });
    const asked = { ...ask({ context: about, request, approvers: ['desk@acme.com'], now: this.now }), digest: span };
    const approval = { ...asked, ...changes };
    this.accounts.add(name, { emailVerified: true });
    await this.approvals.open(approval);
    await this.jobs.add('mail', [askJob(approval.id, 0)]);
    return approval;
  }

  /** Runs what is due until nothing is due any more. */
  async run(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      for (const added of this.jobs.in('mail')) {
        if (!this.held.has(added.id)) {
          const job = fakeJob<'mail'>(added.data, added.id);
          this.held.set(added.id, { job, added, due: this.now + (added.delayMs ?? 0), state: 'there' });
        }
      }
      const due = [...this.held.values()].filter((held) => held.state === 'there' && held.due <= this.now);
      if (due.length === 0) {
        return;
      }
      for (const held of due) {
        await this.#attempt(held);
      }
    }
    throw new Error('it never ends');
  }

  async #attempt(held: Held): Promise<void> {
    const { job } = held;
    try {
      const { data } = job;
      held.outcome =
        data.kind === 'digest'
          ? await this.#asking.digest(job, data)
          : await this.#asking.ask(job, data as Extract<typeof data, { kind: 'approval-request' }>);
      held.state = 'ended';
    } catch (error) {
      if (!isServiceError(error)) {
        throw error;
      }
      held.state = error.retryable ? 'there' : 'given-up';
      held.due = this.now + Math.max(1_000, Number(error.details['retryAfterMs'] ?? 0));
    }
  }

  /** Lets time pass, in steps that no job is shorter than. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + minute);
      await this.run();
    }
  }

  /** Redis loses everything. What was not ended comes back from Kafka, as it was added. */
  emptied(): void {
    this.windows.lose();
    const open = [...this.held.values()].filter(({ state }) => state !== 'ended');
    this.held.clear();
    open.forEach(({ added, due }) => {
      const job = fakeJob<'mail'>(added.data, added.id);
      this.held.set(added.id, { job, added, due: added.delayMs === undefined ? this.now : due, state: 'there' });
    });
    const back = new Set(open.map(({ added }) => added.id));
    // The queue itself is empty, and an id that ended is free again.
    for (const { id } of this.jobs.in('mail')) {
      if (!back.has(id)) {
        const added = { id, data: { kind: 'digest', reader: 'r', window: 0, spanMs: 1 } } as const;
        this.held.set(id, { job: fakeJob<'mail'>(added.data), added, due: 0, state: 'ended' });
      }
    }
  }

  get asked(): readonly string[] {
    return this.audit.entries.filter(({ kind }) => kind === 'asked').map(({ userId }) => userId);
  }

  /** How many mails there were about each. */
  get times(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    this.mails.flatMap(({ about }) => about).forEach((name) => (counts[name] = (counts[name] ?? 0) + 1));
    return counts;
  }
}

const people = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${10 + index}`);

describe('src/approvals/digest', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('makes one mail and one more of a rush, with each question once', async () => {
    const names = people(30);
    for (const name of names) {
      await world.asks(name);
    }
    await world.run();
    expect(world.mails.map(({ at, about }) => [at, about.length])).toEqual([[0, 1]]);
    await world.pass(2 * span);
    expect(world.mails.map(({ at, about }) => [at, about.length])).toEqual([
      [0, 1],
      [15, 29],
    ]);
    expect(world.times).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
    expect(world.asked.toSorted()).toEqual(names);
    expect([...world.held.values()].map(({ state }) => state)).not.toContain('there');
  });

  it('makes nobody wait who comes alone, nor one who comes when the time is over', async () => {
    for (const name of people(4)) {
      await world.asks(name);
      await world.run();
      await world.pass(span);
    }
    expect(world.mails.map(({ at }) => at)).toEqual([0, 15, 30, 45]);
  });

  it('collects what comes after a mail with several questions as well', async () => {
    await world.asks('a');
    await world.asks('b');
    await world.asks('c');
    await world.run();
    await world.pass(16 * minute);
    await world.asks('d');
    await world.run();
    await world.pass(span);
    expect(world.mails.map(({ at, about }) => [at, about])).toEqual([
      [0, ['a']],
      [15, ['b', 'c']],
      [30, ['d']],
    ]);
  });

  it('asks at once where the rule wants no digest, and each approver and each rule file by itself', async () => {
    await world.asks('a');
    const { digest: _none, ...without } = await world.asks('b');
    const other = { ...without, id: 'c'.repeat(32), userId: 'a' };
    await world.approvals.open(other);
    await world.jobs.add('mail', [askJob(other.id, 0)]);
    await world.asks('d', { rule: { file: 'other.yaml', line: 1, rule: 'r' } });
    await world.asks('e', { approvers: ['lead@acme.com'] });
    await world.run();
    expect(world.mails.map(({ about }) => about)).toEqual([['a'], ['a'], ['d'], ['e']]);
  });

  it('leaves out what was decided meanwhile, and those who are gone', async () => {
    await world.asks('a');
    const [b, c] = [await world.asks('b'), await world.asks('c')];
    await world.asks('d');
    await world.run();
    const given = { approver: 'desk@acme.com', verdict: 'reject', at: world.now, ip: null, userAgent: null } as const;
    const counted = vote(b, given);
    await world.approvals.replace('next' in counted ? counted.next : b);
    await world.approvals.replace(markObsolete(c, world.now));
    await world.pass(2 * span);
    expect(world.mails.map(({ about }) => about)).toEqual([['a'], ['d']]);
    expect(world.asked).toEqual(['a', 'd']);
  });

  it('lets the next question go at once when nothing was left to send', async () => {
    await world.asks('a');
    const b = await world.asks('b');
    await world.run();
    await world.approvals.replace(markObsolete(b, world.now));
    await world.pass(span);
    await world.asks('c');
    await world.run();
    expect(world.mails.map(({ at, about }) => [at, about])).toEqual([
      [0, ['a']],
      [15, ['c']],
    ]);
  });

  it('sends a message again under the same name while the mail server gives no answer, and then goes on', async () => {
    for (const name of people(5)) {
      await world.asks(name);
    }
    await world.run();
    let away = true;
    world.server = () => {
      if (away) {
        throw new ServiceError('MAIL_UNAVAILABLE', 'away');
      }
    };
    await world.pass(20 * minute);
    expect(world.mails).toHaveLength(1);
    away = false;
    await world.pass(minute);
    expect(world.tried.length).toBeGreaterThan(5);
    expect(new Set(world.tried).size).toBe(2);
    expect(world.times).toEqual(Object.fromEntries(people(5).map((name) => [name, 1])));
  });

  it('asks each by itself when the server refuses the message with all of them', async () => {
    for (const name of people(4)) {
      await world.asks(name);
    }
    world.server = (questions) => {
      if (questions > 1) {
        throw new ServiceError('MAIL_REFUSED', 'too large');
      }
    };
    await world.run();
    await world.pass(2 * span);
    expect(world.times).toEqual(Object.fromEntries(people(4).map((name) => [name, 1])));
    expect(world.asked).toHaveLength(4);
  });

  it('asks each by itself when an operator drops the message, and waits while it is given up', async () => {
    for (const name of people(3)) {
      await world.asks(name);
    }
    await world.run();
    const digest = [...world.held.values()].find(({ job }) => job.data.kind === 'digest');
    digest!.state = 'given-up';
    await world.pass(2 * span);
    expect(world.mails).toHaveLength(1);
    digest!.state = 'ended';
    await world.pass(minute);
    expect(world.times).toEqual(Object.fromEntries(people(3).map((name) => [name, 1])));
  });

  it('repeats neither mail nor record when it dies after the mail was sent', async () => {
    for (const name of people(4)) {
      await world.asks(name);
    }
    await world.run();
    const done = world.windows.done.bind(world.windows);
    let deaths = 3;
    world.windows.done = async (...args) => {
      if (deaths-- > 0) {
        throw new ServiceError('REDIS_UNAVAILABLE', 'it died');
      }
      return done(...args);
    };
    await world.pass(2 * span);
    expect(deaths).toBe(-1);
    expect(world.mails).toHaveLength(2);
    expect(world.asked.toSorted()).toEqual(people(4));
  });

  it('splits what is too long for one message', async () => {
    const names = people(89);
    for (const name of names) {
      await world.asks(name);
    }
    await world.run();
    await world.pass(span + minute);
    expect(world.mails.map(({ about }) => about.length)).toEqual([1, 50, 38]);
    expect(new Set(world.mails.map(({ key }) => key)).size).toBe(3);
  });

  it('leaves nobody unasked, and asks nobody three times, whenever Redis is emptied', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 20 }), people: fc.integer({ min: 1, max: 4 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.integer({ min: 0, max: 60 }),
        async (rush, emptiedAt) => {
          const tried = new World();
          const begun = tried.now;
          let emptied = false;
          const passed = async (until: number) => {
            while (tried.now < until) {
              if (!emptied && tried.now - begun >= emptiedAt * minute) {
                emptied = true;
                tried.emptied();
                await tried.run();
              }
              await tried.pass(minute);
            }
          };
          const names: string[] = [];
          for (const { after, people: count } of rush) {
            await passed(tried.now + after * minute);
            for (let index = 0; index < count; index++) {
              const name = `p${names.length}`;
              names.push(name);
              await tried.asks(name);
            }
            await tried.run();
          }
          await passed(tried.now + 5 * span);
          expect(Object.keys(tried.times).toSorted()).toEqual(names.toSorted());
          expect(Math.max(...Object.values(tried.times))).toBeLessThanOrEqual(2);
          expect(new Set(tried.asked)).toEqual(new Set(names));
        },
      ),
      { numRuns: 60 },
    ));
});
