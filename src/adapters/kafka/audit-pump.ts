import type { AuditRecord } from '../../jobs/audit.ts';
import { ServiceError } from '../../platform/errors.ts';
import { auditSpoolLimits } from '../redis/audit-spool.ts';
import { type BringerDeps, createBringer } from './audit-bringer.ts';

const everyMs = 1_000;

/** Brings the audit entries that wait in Redis to Kafka, in their order, as soon as it takes them. */
export class AuditPump {
  readonly #deps: BringerDeps;
  readonly #bringer: ReturnType<typeof createBringer>;
  #behind = false;
  #full = false;
  #failing = false;
  /** Counts what this instance put off: if it grew during a look, that look may have missed an entry. */
  #putOffs = 0;
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: BringerDeps) {
    this.#deps = deps;
    this.#bringer = createBringer(deps);
  }

  /** Whether entries wait, so that the next one has to wait behind them. */
  get behind(): boolean {
    return this.#behind;
  }

  /** Has an entry wait. @throws ServiceError AUDIT_UNAVAILABLE when too many wait, or Redis is away as well */
  async putOff(json: string): Promise<void> {
    const { log, spool } = this.#deps;
    if (!this.#behind) {
      log.error('Kafka takes no audit entries; they wait in Redis');
    }
    this.#behind = true;
    this.#putOffs += 1;
    const added = await spool.add(json).catch((cause: unknown) => {
      throw new ServiceError('AUDIT_UNAVAILABLE', 'neither Kafka nor Redis takes an audit entry', { cause });
    });
    if (added) {
      return;
    }
    if (!this.#full) {
      log.error('too many audit entries wait in Redis; what needs one waits as well');
    }
    this.#full = true;
    throw new ServiceError('AUDIT_UNAVAILABLE', 'Kafka takes no audit entries, and too many wait for it already');
  }

  /** Whether no entry waits, and none of this registration was refused. Tries to bring them to Kafka before it says no. */
  async isKept(eventId: string): Promise<boolean> {
    if (!(await this.#hasEntryOf(eventId))) {
      return true;
    }
    await this.#look();
    return !(await this.#hasEntryOf(eventId));
  }

  /** Resolves when it knows whether an earlier run left entries behind. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Never fails: what it could not do, the next look does. */
  #look(): Promise<void> {
    this.#looking ??= this.#bringAll()
      .then(() => (this.#failing = false))
      .catch((error: unknown) => {
        if (!this.#failing) {
          this.#deps.log.warn({ err: error }, 'audit entries that wait could not be looked at');
        }
        this.#failing = true;
      })
      .then(() => void (this.#looking = null));
    return this.#looking;
  }

  async #bringAll(): Promise<void> {
    const { log, spool } = this.#deps;
    const { entries, refused } = await spool.backlog();
    if (entries > 0) {
      this.#behind = true;
      await spool.hold(() => this.#bringer.bringWaiting());
    }
    if (refused > 0) {
      await spool.hold(() => this.#bringer.bringRefused());
    }
    const before = this.#putOffs;
    const left = await spool.backlog();
    if (left.entries > 0 || before !== this.#putOffs) {
      return;
    }
    if (this.#behind) {
      log.info('Kafka has all audit entries again');
    }
    this.#behind = false;
    this.#full = false;
  }

  async #hasEntryOf(eventId: string): Promise<boolean> {
    const { spool } = this.#deps;
    const { entries, refused } = await spool.backlog();
    if (entries > 0 || refused === 0) {
      return entries > 0;
    }
    const apart = await spool.refused(auditSpoolLimits.refused);
    return apart.some(({ json }) => (JSON.parse(json) as AuditRecord).eventId === eventId);
  }
}
