import type { Logger } from 'pino';

import { type ErrorCode, ServiceError } from '../platform/errors.ts';
import type { QueueName } from './payloads.ts';

/** A system that jobs wait for: `mail`, `kafka`, or one realm of Keycloak, which has a login of its own. */
export type System = string;

export interface WaitingJob {
  readonly queue: QueueName;
  readonly id: string;
}

export interface Outage {
  readonly system: System;
  /** A probe failed too. Before that, one job failed, and nobody knows more. */
  readonly confirmed: boolean;
  /** ms since 1970. */
  readonly since: number;
}

/** What all instances know of outages. It survives their restarts. */
export interface OutageStore {
  /** Notes that a system failed, and the job that waits for it. */
  suspect(system: System, now: number, job?: WaitingJob): Promise<void>;
  list(): Promise<readonly Outage[]>;
  /** True for one instance at a time, until it lets go. */
  claimProbe(system: System): Promise<boolean>;
  /** The next probe comes after `pauseMs` at the earliest. */
  letGo(system: System, pauseMs: number): Promise<void>;
  /** @returns whether that was not known yet */
  confirm({ system, since }: Outage): Promise<boolean>;
  /** Ends an outage. What waited for the system is to be woken. @returns how many jobs that are */
  end(system: System): Promise<number>;
  /** Forgets a suspicion. What waits goes on to wait for its turn. */
  drop(system: System): Promise<void>;
  /** Takes jobs that are to be woken. */
  takeWoken(most: number): Promise<readonly WaitingJob[]>;
  /** Gives back a job that cannot be woken yet. */
  giveBack(jobs: readonly WaitingJob[]): Promise<void>;
}

/** Looks whether a system does its work again. Rejects while it does not. `null`: nobody can look, or needs to. */
export type ProbeOf = (system: System) => (() => Promise<void>) | null;

export interface OutageDeps {
  readonly store: OutageStore;
  readonly probeOf: ProbeOf;
  /** Runs a job that waits for its next attempt at once. `busy`: an attempt is under way. */
  readonly wake: (job: WaitingJob) => Promise<'woken' | 'busy' | 'not-waiting'>;
  readonly now: () => number;
  readonly log: Logger;
  readonly random?: () => number;
}

/** Few at a time: those who wait are many after an outage, and the system has just come back. */
const wokenAtOnce = 25;
const probeEveryMs = 1_000;

const systemsByCode: Partial<Record<ErrorCode, 'keycloak' | 'mail' | 'kafka'>> = {
  KEYCLOAK_UNAVAILABLE: 'keycloak',
  KEYCLOAK_FORBIDDEN: 'keycloak',
  MAIL_UNAVAILABLE: 'mail',
  KAFKA_UNAVAILABLE: 'kafka',
  AUDIT_UNAVAILABLE: 'kafka',
};

/** The systems whose trouble an error is. A task about all realms gathers an error of each. */
export function systemsIn(error: unknown): readonly System[] {
  if (error instanceof AggregateError) {
    return [...new Set(error.errors.flatMap(systemsIn))];
  }
  const kind = error instanceof ServiceError ? systemsByCode[error.code] : undefined;
  if (!(error instanceof ServiceError) || kind === undefined) {
    return [];
  }
  const realm = error.details['realm'];
  return kind !== 'keycloak' ? [kind] : typeof realm === 'string' ? [keycloakOf(realm)] : [];
}

export function keycloakOf(realm: string): System {
  return `keycloak ${realm}`;
}

/** `undefined`: it is no realm of Keycloak. */
export function realmOf(system: System): string | undefined {
  return /^keycloak (.*)$/s.exec(system)?.[1];
}

/**
 * Wakes what waits for a system when the system works again. A job that failed waits up to ten minutes for its next
 * attempt; without this, the door would stay open for so long after an outage.
 *
 * A failed job makes its system a suspect, which is probed. Only after a probe that failed does one that succeeds wake
 * jobs: a fault that no probe sees would else wake the same jobs again and again, and use up their attempts.
 */
export class Outages {
  readonly #deps: OutageDeps;
  readonly #probing = new Map<System, Promise<void>>();

  constructor(deps: OutageDeps) {
    this.#deps = deps;
  }

  /** After a failed attempt. Never rejects: without Redis, the job waits for its turn. */
  async failed(error: unknown, job?: WaitingJob): Promise<void> {
    const { store, now } = this.#deps;
    await Promise.all(systemsIn(error).map((system) => store.suspect(system, now(), job))).catch(() => undefined);
  }

  /** The systems that are known to be away. */
  async confirmed(): Promise<readonly Outage[]> {
    return (await this.#deps.store.list()).filter(({ confirmed }) => confirmed);
  }

  /** One look: begins the probes that are due, and wakes some of those who are to be woken. */
  async tick(): Promise<void> {
    const { store } = this.#deps;
    const outages = await store.list();
    for (const outage of outages.filter(({ system }) => !this.#probing.has(system))) {
      const probe = this.#probe(outage)
        .catch(() => undefined) // Redis is away; the next look comes soon
        .finally(() => this.#probing.delete(outage.system));
      this.#probing.set(outage.system, probe);
    }
    await this.#wakeSome();
  }

  /** Resolves when no probe is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#probing.values());
  }

  async #probe(outage: Outage): Promise<void> {
    const { store, probeOf, random = Math.random } = this.#deps;
    const { system } = outage;
    const probe = probeOf(system);
    if (probe === null) {
      await store.drop(system);
    } else if (await store.claimProbe(system)) {
      try {
        await this.#conclude(outage, await probe().catch((error: unknown) => asError(error)));
      } finally {
        await store.letGo(system, probeEveryMs * (1 + random()));
      }
    }
  }

  async #conclude(outage: Outage, fault: Error | void): Promise<void> {
    const { store, log } = this.#deps;
    const { system, confirmed } = outage;
    const since = new Date(outage.since).toISOString();
    if (fault !== undefined) {
      if (!confirmed && (await store.confirm(outage))) {
        log.error({ system, since, err: fault.message }, 'a system does not do its work; what needs it waits');
      }
    } else if (confirmed) {
      const jobs = await store.end(system);
      log.info({ system, since, jobs }, 'a system does its work again; what waits for it is tried at once');
    } else {
      await store.drop(system);
    }
  }

  async #wakeSome(): Promise<void> {
    const { store, wake } = this.#deps;
    const jobs = await store.takeWoken(wokenAtOnce);
    const results = await Promise.allSettled(jobs.map(wake));
    // A job may fail at the moment when its system comes back. It is not in its wait yet.
    const again = jobs.filter((_job, index) => {
      const result = results[index];
      return result?.status !== 'fulfilled' || result.value === 'busy';
    });
    if (again.length > 0) {
      await store.giveBack(again);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
