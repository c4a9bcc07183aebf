import { describe, expect, it } from '@jest/globals';

import { createEarlyDisable } from '../../src/execute/early-disable.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { createUndoEarlyDisable } from '../../src/execute/undo-early-disable.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { Condition, RuleBook, Step } from '../../src/rules/model.ts';
import type { Accounts } from '../../src/rules/steps/effects.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { guardsOf, type GuardsSetup } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { emptyStore, mia, registeredAt } from '../fakes/registrations.ts';
import { nobodyToAsk } from '../fakes/systems.ts';
import { FakeDirectory } from '../fakes/directory.ts';

const closing: Step = { uses: 'disable-user', with: null, after: null };
const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };
const later: Step = { uses: 'disable-user', with: null, after: 86_400_000 };
const byAddress: Condition = { kind: 'is', key: 'email-verified', operand: true };

interface Rules {
  readonly then: readonly Step[];
  readonly dryRun?: boolean;
  readonly when?: Condition;
}

function bookOf({ then, dryRun = false, when }: Rules): RuleBook {
  const rule = { name: 'the rule', file: 'a.yaml', line: 1, when: when ?? null, then, dryRun };
  const files = [
    { file: 'a.yaml', realms: ['acme'], clients: ['partner-portal'], application: null, hold: null, rules: [rule] },
  ];
  return { version: 'v', files: then.length === 0 ? [] : files };
}

/** What both instances share: Keycloak, Redis and the topics. */
function createWorld() {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt });
  return {
    accounts,
    lockouts: new FakeLockouts(),
    jobs: new FakeJobs(),
    audit: new FakeAudit(),
    adminEvents: new FakeAdminEvents(),
    clock: { time: registeredAt + 50 },
    said: [] as unknown[],
  };
}
type World = ReturnType<typeof createWorld>;

interface Options {
  readonly guarded?: GuardsSetup;
  readonly setUpAt?: number;
  readonly maxAgeMs?: number;
  readonly users?: { read: FakeAccounts['read'] };
  /** Waits before a call to Keycloak or Redis, and after it, before its answer arrives. */
  readonly turn?: () => Promise<void>;
}

function gated<T extends object>(target: T, turn: () => Promise<void>): T {
  return new Proxy(target, {
    get: (of, name) => {
      const value: unknown = Reflect.get(of, name, of);
      return typeof value !== 'function'
        ? value
        : async (...args: unknown[]) => {
            await turn();
            const result: unknown = await Reflect.apply(value, of, args);
            await turn();
            return result;
          };
    },
  });
}

function startInstance(world: World, rules: Rules, options: Options = {}) {
  const { guarded = {}, setUpAt = 0, maxAgeMs = 86_400_000, turn = () => Promise.resolve() } = options;
  const accounts = gated<FakeAccounts>(world.accounts, turn);
  const lockouts = gated(world.lockouts, turn);
  const { jobs, audit, adminEvents, said } = world;
  const now = () => world.clock.time;
  const approvals = new FakeApprovals();
  const effectsOn = (target: Accounts) =>
    createEffects({
      accounts: target,
      adminEvents,
      approvals,
      lockouts,
      jobs,
      directory: new FakeDirectory(),
      now,
    });
  const undoWith = (effects: ReturnType<typeof effectsOn>) =>
    createUndoEarlyDisable({
      effects,
      lockouts,
      jobs,
      audit,
      log: { warn: (details: unknown, message?: string) => void said.push([details, message]) },
      now,
    });
  const { guards, protection, report } = guardsOf({ now, ...guarded });
  const users = options.users ?? accounts;
  const common = {
    rules: () => bookOf(rules),
    users,
    lockouts,
    setUpAt: () => Promise.resolve(setUpAt),
    ask: nobodyToAsk,
    now,
  };
  const undo = undoWith(effectsOn(accounts));
  const earlyDisable = createEarlyDisable({ ...common, accounts, protection, undo, maxAgeMs });
  const effects = effectsOn(earlyDisable.accounts);
  const decide = createRegistrations({
    ...common,
    users: earlyDisable.users,
    effects,
    undo: undoWith(effects),
    adminEvents: new FakeAdminEvents(),
    guards,
    report,
    counters: { count: () => Promise.resolve(1) },
    lock: openLock,
    audit,
    metrics: { lockedOut: () => undefined },
    recall: (registration) => Promise.resolve(registration),
    otherRules: () => null,
    store: emptyStore,
    onUnknownHeaders: () => undefined,
    maxAgeMs,
  });
  const deadlines = createDeadlines({
    ...common,
    approvals,
    signs: accounts,
    effects,
    undo,
    jobs,
    guards,
    lock: openLock,
    audit,
    directory: new FakeDirectory(),
    log: { warn: () => undefined },
    reconcile: () => Promise.resolve(''),
  });
  return {
    undo,
    begin: () => earlyDisable.begin(mia, 'signed'),
    decide: (job = fakeJob<'registrations'>({ registration: mia })) => decide(job),
    lookAgain: async () => {
      const looks = jobs.in('deadlines').filter(({ data }) => data.kind === 'let-go');
      return Promise.all(looks.map(({ data, id }) => deadlines(fakeJob<'deadlines'>(data, id))));
    },
  };
}

const enabled = ({ accounts }: World) => accounts.user(mia.userId)?.enabled;

async function quiet(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Every way on which a registration ends without a lockout. */
const ways: [string, Rules, Options][] = [
  ['no rule', { then: [] }, {}],
  ['a rule that locks nobody out', { then: [joining] }, {}],
  ['a rule that disables later', { then: [later] }, {}],
  ['a rule that deletes later', { then: [{ ...later, uses: 'delete-user' }] }, {}],
  ['a dry run', { then: [closing], dryRun: true }, {}],
  ['a rule that does not match', { then: [closing], when: byAddress }, {}],
  ['a protected person', { then: [closing] }, { guarded: { users: ['mia'] } }],
  ['the age guard', { then: [closing] }, { maxAgeMs: 10 }],
  ['a registration before the set-up', { then: [closing] }, { setUpAt: registeredAt + 1 }],
];

describe('src/execute/undo-early-disable', () => {
  it.each(ways)('%s: what another instance disabled early is enabled again, and said', async (_, rules, options) => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    expect(enabled(world)).toBe(false);
    await startInstance(world, rules, options).decide();
    expect(enabled(world)).toBe(true);
    expect(world.said).toEqual([
      [
        expect.objectContaining({ realm: 'acme', userId: mia.userId, eventId: mia.eventId, outcome: 'changed' }),
        'an account was disabled early, and the decision lets the person stay',
      ],
    ]);
    expect(world.audit.entries).toContainEqual(
      expect.objectContaining({ kind: 'step', step: 'undo-early-disable', outcome: 'changed' }),
    );
  });

  it.each(ways)('%s: no early disable begins after it', async (_, rules, options) => {
    const world = createWorld();
    await startInstance(world, rules, options).decide();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    expect(world.accounts.calls).not.toContain('disable');
  });

  it.each<[string, number, number]>([
    ['from the beginning', 0, 924],
    ['once the decision has read the mark and the user', 4, 924],
  ])(
    'nobody stays disabled, in whatever order the two instances act: %s',
    async (_, lead, count) => {
      const orders = ordersOf(6, 6);
      for (const order of orders) {
        const world = createWorld();
        const turns = { E: createTurns(), D: createTurns() };
        const done = startInstance(world, { then: [joining] }, { turn: turns.D.turn }).decide();
        for (let move = 0; move < lead; move += 1) {
          await turns.D.next();
        }
        startInstance(world, { then: [closing] }, { turn: turns.E.turn }).begin();
        for (const who of order) {
          await turns[who].next();
        }
        turns.E.open();
        turns.D.open();
        await done;
        await quiet();
        expect({ order: order.join(''), enabled: enabled(world) }).toEqual({ order: order.join(''), enabled: true });
      }
      expect(orders).toHaveLength(count);
    },
    120_000,
  );

  it('the one that dies before it looks is stood in for by a job that looks once more', async () => {
    const world = createWorld();
    const dying = createTurns();
    startInstance(world, { then: [closing] }, { turn: dying.turn }).begin();
    await dying.next();
    await dying.next(); // claimed; its disable is on the way
    const other = startInstance(world, { then: [joining] });
    await other.decide();
    await dying.next(); // reaches Keycloak now; nobody is there for the answer
    expect(enabled(world)).toBe(false);
    await expect(other.lookAgain()).resolves.toEqual(['enabled-again']);
    expect(enabled(world)).toBe(true);
    await expect(other.lookAgain()).resolves.toEqual(['nothing-to-do']);
  });

  it('the one that dies before it disables leaves nothing to undo, and nothing to say', async () => {
    const world = createWorld();
    const dying = createTurns();
    startInstance(world, { then: [closing] }, { turn: dying.turn }).begin();
    await dying.next();
    const other = startInstance(world, { then: [joining] });
    await other.decide();
    await expect(other.lookAgain()).resolves.toEqual(['nothing-to-do']);
    expect(enabled(world)).toBe(true);
    expect(world.said).toEqual([]);
    expect(world.audit.entries.map(({ step }) => step)).not.toContain('undo-early-disable');
  });

  it('has nothing to do about an account that is gone by then', async () => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    await world.accounts.apply(mia, { kind: 'delete' });
    const other = startInstance(world, { then: [] });
    await expect(other.decide()).resolves.toBe('no-rule');
    await expect(other.lookAgain()).resolves.toEqual(['user-gone']);
  });

  it('tells the decision whether there was anything to undo', async () => {
    const world = createWorld();
    const { undo } = startInstance(world, { then: [closing] });
    await expect(undo.letGo(mia)).resolves.toBe(false);
    await expect(undo.ifLetGo(mia)).resolves.toBe('nothing-to-do');
    const other = createWorld();
    const instance = startInstance(other, { then: [closing] });
    instance.begin();
    await quiet();
    await expect(instance.undo.letGo(mia)).resolves.toBe(true);
  });

  it('leaves the disable of an administrator', async () => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    world.adminEvents.other = { at: registeredAt + 10, by: 'user ops' };
    world.clock.time = registeredAt + 61_000;
    const other = startInstance(world, { then: [] });
    await other.decide();
    expect(enabled(world)).toBe(false);
    await expect(other.lookAgain()).resolves.toEqual(['left-alone']);
    expect(world.jobs.in('mail')).toEqual([]);
    expect(world.audit.entries).toContainEqual(
      expect.objectContaining({ kind: 'skipped', step: 'undo-early-disable', because: expect.stringContaining('ops') }),
    );
  });

  it('is tried again after Keycloak failed: the mark does not forget what was disabled', async () => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    const error = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    world.accounts.failures.push({ call: 'enable', error, applied: false });
    const other = startInstance(world, { then: [] });
    await expect(other.decide()).rejects.toBe(error);
    await other.decide();
    expect(enabled(world)).toBe(true);
  });

  it('also for a user who becomes visible only at a later attempt', async () => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    let visible = false;
    const read: FakeAccounts['read'] = async (who) => (visible ? world.accounts.read(who) : null);
    const other = startInstance(world, { then: [joining] }, { users: { read } });
    await expect(other.decide()).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
    visible = true;
    await other.decide();
    expect(enabled(world)).toBe(true);
  });

  it('enables nobody whose mark was lost with Redis', async () => {
    const world = createWorld();
    const early = createTurns();
    startInstance(world, { then: [closing] }, { turn: early.turn }).begin();
    await early.next();
    await early.next();
    world.lockouts.lose();
    early.open();
    await quiet();
    expect(enabled(world)).toBe(false);
  });

  it('keeps out whom the decision keeps out, and an approval may let them in', async () => {
    const world = createWorld();
    const instance = startInstance(world, { then: [closing] });
    instance.begin();
    await instance.decide();
    expect(enabled(world)).toBe(false);
    expect(world.accounts.calls).toEqual(['disable']);
    await expect(world.lockouts.claimed(mia)).resolves.toBe(true);
  });

  it.each([
    [50, 0],
    [60_000, 0],
    [60_001, 1],
  ])('after %d ms it writes %d mails to the person, who may have noticed', async (afterMs, mails) => {
    const world = createWorld();
    startInstance(world, { then: [closing] }).begin();
    await quiet();
    world.clock.time = registeredAt + afterMs;
    await startInstance(world, { then: [] }).decide();
    const { realm, clientId, userId, eventId, locale } = mia;
    const mail = {
      kind: 'person',
      key: `undone-${eventId}`,
      to: { address: '', locale },
      who: { realm, clientId, userId, eventId },
      message: 'undone',
      application: clientId,
    };
    expect(world.jobs.in('mail').map(({ data }) => data)).toEqual(mails === 0 ? [] : [mail]);
  });
});

/** Every order of so many moves of the early disable and of the decision. */
function ordersOf(early: number, deciding: number): ('E' | 'D')[][] {
  if (early === 0 && deciding === 0) {
    return [[]];
  }
  const after = (who: 'E' | 'D', rest: ('E' | 'D')[][]) => rest.map((order): ('E' | 'D')[] => [who, ...order]);
  return [
    ...(early > 0 ? after('E', ordersOf(early - 1, deciding)) : []),
    ...(deciding > 0 ? after('D', ordersOf(early, deciding - 1)) : []),
  ];
}

/** Lets one instance make one move at a time. */
function createTurns() {
  const waiting: (() => void)[] = [];
  let open = false;
  return {
    turn: () => (open ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
    next: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
    open: () => {
      open = true;
      waiting.splice(0).forEach((go) => go());
    },
  };
}
