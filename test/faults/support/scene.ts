import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { Redis } from 'ioredis';

import { Lifecycle } from '../../../src/platform/lifecycle.ts';
import { projectDir } from '../../../stack/paths.ts';
import { press } from '../../../stack/press.ts';
import { linkIn, type ReceivedMail } from '../../stack/support/inbox.ts';
import { createRealm, stackEnv, type TestRealm } from '../../stack/support/realm.ts';
import { until } from '../../stack/support/until.ts';
import { type BreakableStack, type OwnRedis, startRedis } from './breakable.ts';
import { Instance } from './instance.ts';
import { type End, type Evidence, lost, type Registered } from './judge.ts';
import { FaultyMailServer } from './mail-server.ts';
import type { OwnKeycloak } from './own-keycloak.ts';
import { Random } from './random.ts';
import { auditLines, findRegistrations, readAdminEvents, readUsers } from './record.ts';
import { TcpFaults } from './tcp-faults.ts';

/** How long after the last repair everybody has to be where they belong. Not a measure of speed: machines are slow. */
const quiesceMs = 180_000;

/** The clients of each case's realm, and what becomes of those who register there. */
const ends = { closed: 'disabled', members: 'member', trash: 'gone', portal: 'disabled' } as const;
export type Client = keyof typeof ends;

export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

let lastRealm: Promise<unknown> = Promise.resolve();

/** Keycloak makes one realm at a time, and slowly: the calls of those that wait would time out. */
function inTurn<T>(make: () => Promise<T>): Promise<T> {
  const made = lastRealm.then(make);
  lastRealm = made.catch(() => undefined);
  return made;
}

/** One case's own realm, names, servers and instances, and all that it needs to break them. */
export class Scene {
  readonly random: Random;
  readonly claims: Claim[] = [];
  readonly notes: string[] = [];
  /** What was broken and when, for who looks for the reason of a loss. */
  readonly trail: string[] = [];
  /** How often what was broken, and when. */
  readonly faults: Record<string, number> = {};
  readonly broken: { readonly from: number; readonly to: number }[] = [];
  readonly instances: Instance[] = [];
  readonly #realm: TestRealm;
  readonly #stack: BreakableStack | null;
  readonly #ownKeycloak: OwnKeycloak | null;
  readonly #open = new Lifecycle();
  readonly #ends = new Map<string, End>();
  #mails: FaultyMailServer | null = null;
  #people = 0;

  private constructor(realm: TestRealm, random: Random, stack: BreakableStack | null, own: OwnKeycloak | null) {
    this.#realm = realm;
    this.random = random;
    this.#stack = stack;
    this.#ownKeycloak = own;
  }

  static async open(seed: number, stack: BreakableStack | null, own: OwnKeycloak | null = null): Promise<Scene> {
    const realm = await inTurn(() =>
      createRealm({
        prefix: 'faults',
        clients: Object.keys(ends).map((clientId) => ({ clientId })),
        groups: ['/partners'],
      }),
    );
    const { admin } = realm;
    const events = await admin.realms.getConfigEvents({ realm: realm.realm });
    await admin.realms.updateConfigEvents({ realm: realm.realm }, { ...events, adminEventsEnabled: true });
    return new Scene(realm, new Random(seed), stack, own);
  }

  get realm(): TestRealm {
    return this.#realm;
  }

  /** Servers that may be crashed; only for a case that says `ownStack`. */
  get stack(): BreakableStack {
    if (this.#stack === null) {
      throw new Error('this case breaks servers of the stack, and has to say so: ownStack');
    }
    return this.#stack;
  }

  /** A Keycloak that may be killed; only for a case that says `ownKeycloak`. */
  get ownKeycloak(): OwnKeycloak {
    if (this.#ownKeycloak === null) {
      throw new Error('this case kills its Keycloak, and has to say so: ownKeycloak');
    }
    return this.#ownKeycloak;
  }

  get desk(): string {
    return `desk@${this.#realm.realm}.test`;
  }

  /** The rule file of one client. */
  rulesOf(client: Client, then?: string): string {
    const usual: Readonly<Record<Client, string>> = {
      closed: '[disable-user]',
      members: '[{ join-group: /partners }]',
      trash: '[delete-user]',
      portal: `[{ request-approval: { approvers: [${this.desk}], approved: [{ join-group: /partners }], rejected: [delete-user] } }]`,
    };
    return `version: 1\nrealm: ${this.#realm.realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: ${then ?? usual[client]}\n`;
  }

  rules(): Record<string, string> {
    const clients = Object.keys(ends) as Client[];
    return Object.fromEntries(clients.map((client) => [`${client}.yaml`, this.rulesOf(client)]));
  }

  /** Starts an instance of the service. Others join the first with `beside`. */
  async service(
    env: Readonly<Record<string, string>> = {},
    { rules = this.rules(), beside }: { rules?: Readonly<Record<string, string>>; beside?: Instance } = {},
  ): Promise<Instance> {
    const instance = await Instance.start({ secret: this.#realm.secret, rules, env, beside });
    this.instances.push(instance);
    return instance;
  }

  /** What a case started is stopped with it. */
  keep<T>(name: string, made: Promise<T>, stop: (made: T) => Promise<unknown>): Promise<T> {
    return this.#open.open(
      name,
      () => made,
      async (one) => void (await stop(one)),
    );
  }

  redis(): Promise<OwnRedis> {
    return this.#open.open('redis', startRedis, (redis) => redis.dispose());
  }

  /** A connection for what a case looks at or destroys in a Redis of its own. */
  redisClient(url: string): Promise<Redis> {
    const connect = (): Redis => new Redis(url, { maxRetriesPerRequest: 1 }).on('error', () => undefined);
    return this.#open.open('redis client', connect, (client) => client.disconnect());
  }

  async mailServer(): Promise<FaultyMailServer> {
    this.#mails = await this.#open.open(
      'mail server',
      () => FaultyMailServer.start(),
      (server) => server.close(),
    );
    return this.#mails;
  }

  proxy(port: number | string): Promise<TcpFaults> {
    return this.#open.open(
      'proxy',
      () => TcpFaults.start(Number(port)),
      (proxy) => proxy.close(),
    );
  }

  /** Before Keycloak, for one instance: what it needs to go that way. */
  async keycloakProxy(): Promise<{ proxy: TcpFaults; env: Record<string, string> }> {
    const proxy = await this.proxy(new URL(stackEnv.KEYCLOAK_URL).port);
    return { proxy, env: { KEYCLOAK_URL: `http://127.0.0.1:${proxy.port}` } };
  }

  async kafkaProxy(): Promise<{ proxy: TcpFaults; env: Record<string, string> }> {
    const proxy = await this.proxy(stackEnv.KAFKA_BROKERS.split(':')[1] ?? '');
    return { proxy, env: { KAFKA_BROKERS: `127.0.0.1:${proxy.port}` } };
  }

  /** So many people register at a client, some at the same time; resolves with their names when Keycloak has them. */
  async register(client: Client, count: number, end: End = ends[client]): Promise<string[]> {
    const names = Array.from({ length: count }, () => `${client}${++this.#people}`);
    const left = [...names];
    const one = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        this.#ends.set(name, end);
        await this.#realm.register(client, name);
      }
    };
    await Promise.all(Array.from({ length: 3 }, one));
    return names;
  }

  /** From now on somebody else's end: approvers decided, or the rules changed. */
  expect(name: string, end: End): void {
    this.#ends.set(name, end);
  }

  /** The fault lasts; that is all that happens meanwhile. */
  pass(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** Settings of an instance whose clock is wrong by so much, until it gets SIGUSR2. */
  clock(shiftMs: number): Record<string, string> {
    const preload = pathToFileURL(join(import.meta.dirname, '../../stack/support/shifted-clock.mjs')).href;
    return { CLOCK_SHIFT_MS: String(shiftMs), NODE_OPTIONS: `--import ${preload}` };
  }

  claim(text: string, holds: boolean): void {
    this.claims.push({ text, holds });
  }

  /** Claims that something comes about, and goes on either way: then the judge says what became of the people. */
  async comes(text: string, look: () => Promise<boolean> | boolean, withinMs = 120_000): Promise<boolean> {
    const holds = await this.#seen(look, withinMs);
    this.claim(text, holds);
    return holds;
  }

  async #seen(look: () => Promise<boolean> | boolean, withinMs: number): Promise<boolean> {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(250)) {
      const holds = await Promise.resolve()
        .then(look)
        .catch(() => false);
      if (holds) {
        return true;
      }
    }
    return false;
  }

  /** Resolves when it comes about, or the time is over: the judge finds what did not. */
  async when(look: () => Promise<boolean> | boolean, withinMs = 120_000): Promise<void> {
    await this.#seen(look, withinMs);
  }

  /** One fault from its beginning to its end, for the table. */
  async breaks(name: string, fault: () => Promise<void>): Promise<void> {
    const from = Date.now();
    this.faults[name] = (this.faults[name] ?? 0) + 1;
    try {
      await fault();
    } finally {
      this.broken.push({ from, to: Date.now() });
      this.trail.push(`${new Date(from).toISOString()} ${name}, ${Date.now() - from} ms`);
    }
  }

  /** A line for the report. */
  note(text: string): void {
    this.notes.push(text);
  }

  enabled(name: string): Promise<boolean | undefined> {
    return this.#realm.userNamed(name).then((user) => user?.enabled);
  }

  async allDisabled(names: readonly string[]): Promise<boolean> {
    const states = await Promise.all(names.map((name) => this.enabled(name)));
    return states.every((enabled) => enabled === false);
  }

  /** The approver's mail about one person. */
  async request(name: string, withinMs = 120_000): Promise<ReceivedMail> {
    const about = (mails: readonly ReceivedMail[]) => mails.find(({ text }) => text.includes(`${name}@`));
    const mails = await until(
      `the request about ${name}`,
      () => this.#inbox(),
      (all) => about(all) !== undefined,
      withinMs,
    );
    return about(mails) as ReceivedMail;
  }

  async decide(name: string, verdict: 'approve' | 'reject'): Promise<{ status: number; page: string }> {
    const answer = await press(linkIn(await this.request(name)), verdict);
    return { status: answer.status, page: await answer.text() };
  }

  async #inbox(): Promise<ReceivedMail[]> {
    const answer = await fetch(`${stackEnv.MAIL_INBOX_URL}/api/messages?to=${encodeURIComponent(this.desk)}`);
    return (await answer.json()) as ReceivedMail[];
  }

  /** Waits until everybody is where they belong, or the time is over; then reads what the judge needs. */
  async evidence(sameMailAtMost: number, withinMs = quiesceMs): Promise<Evidence> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = await this.#look(sameMailAtMost);
      if (lost(seen).length === 0 || Date.now() > deadline) {
        await this.#quiet();
        return { ...(await this.#look(sameMailAtMost)), audit: await this.audit() };
      }
      await sleep(1_000);
    }
  }

  /** Nothing waits or runs in the queues any more, as far as the service says so: then nothing comes twice later. */
  async #quiet(): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let quiet = 0; quiet < 3 && Date.now() < deadline; await sleep(500)) {
      const busy = await Promise.all(this.instances.map((instance) => instance.busy()));
      quiet = busy.some(Boolean) ? 0 : quiet + 1;
    }
  }

  async #look(sameMailAtMost: number): Promise<Evidence> {
    const { admin, realm } = this.#realm;
    const found = await findRegistrations(admin, realm);
    const registered = found.map((event): Registered => {
      const client = event.client as Client;
      const end = this.#ends.get(event.username) ?? ends[client];
      return { ...event, end, closes: client !== 'members' };
    });
    const inbox = await this.#inbox();
    const mails = inbox.map(({ headers, recipients }) => `${recipients.join()} ${headers['message-id']}`);
    return {
      registered,
      users: await readUsers(admin, realm),
      adminEvents: await readAdminEvents(admin, realm),
      audit: [],
      mails: [...mails, ...(this.#mails?.taken ?? [])],
      sameMailAtMost,
      broken: this.broken,
    };
  }

  async audit(): Promise<Evidence['audit']> {
    const topics = new Map(this.instances.map(({ settings }) => [settings.KAFKA_AUDIT_TOPIC, settings]));
    const lines = (await Promise.all([...topics.values()].map((settings) => auditLines(settings)))).flat();
    // The topic of events is everybody's: what became of another case's people is not this case's.
    return lines.filter(({ realm = this.#realm.realm }) => realm === this.#realm.realm);
  }

  /** What the instances logged, for who looks for the reason. */
  async keepLogs(name: string): Promise<void> {
    const dir = join(projectDir, '.stack', 'faults-logs');
    await mkdir(dir, { recursive: true });
    const write = ({ lines }: Instance, index: number): Promise<void> =>
      writeFile(join(dir, `${name}-${index}.log`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await Promise.all(this.instances.map(write));
    if (this.trail.length > 0) {
      await writeFile(join(dir, `${name}-trail.log`), this.trail.map((line) => `${line}\n`).join(''));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.dispose()));
    await this.#open.close();
    await inTurn(() => this.#realm.dispose()).catch((error: unknown) => {
      this.note(
        `its realm ${this.#realm.realm} is left behind: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}
