import type { Logger } from 'pino';

import type { Registration } from '../ingest/registration.ts';
import { type Audit, idsOf } from '../jobs/audit.ts';
import type { Jobs, Lockouts } from '../jobs/payloads.ts';
import { bareRegistration } from '../jobs/personal-data.ts';
import { isServiceError } from '../platform/errors.ts';
import type { Effects, Outcome } from '../rules/steps/effects.ts';
import { stepEntry } from './run-steps.ts';

export interface UndoDeps {
  readonly effects: Pick<Effects, 'enableAgain'>;
  readonly lockouts: Lockouts;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly log: Pick<Logger, 'warn'>;
  readonly now: () => number;
}

/** What becomes of an early disable that the decision does not confirm. */
export interface UndoEarlyDisable {
  /**
   * For the decision: it lets the person stay. From now on no early disable of this account begins, on any instance.
   * What was disabled early is enabled again.
   * @returns whether an early disable had begun
   */
  letGo(registration: Registration): Promise<boolean>;
  /** Enables the account again if it was let go. For all who may have seen the disable land after that. */
  ifLetGo(registration: Registration): Promise<string>;
}

/** The process that sent the disable may have died. What it sent reaches Keycloak within this time, or never. */
const lookAgainMs = 10_000;
/** A person who could not use the account for so long may have noticed. */
const noticedMs = 60_000;

/**
 * Undoes early disables. Instances may have different rules for a while: during a rolling change, or because one of them
 * has not read its files again yet. One instance may then disable early a person who may stay by the rules of another.
 * The one that decides counts.
 *
 * Both may act at the same time, so both look afterwards. The decision first lets go of the account, then looks at it.
 * The early disable first disables the account, then looks whether it was let go. Whichever comes last sees the other.
 * A job looks once more, for an instance that died between the two.
 */
export function createUndoEarlyDisable(deps: UndoDeps): UndoEarlyDisable {
  const { effects, lockouts, jobs, audit, log, now } = deps;

  async function enableAgain(registration: Registration): Promise<string> {
    let outcome: Outcome;
    try {
      outcome = await effects.enableAgain({ registration, disabledHere: true });
    } catch (error) {
      if (isServiceError(error, 'USER_GONE')) {
        return 'user-gone';
      }
      throw error;
    }
    if (outcome === 'unchanged') {
      return 'nothing-to-do';
    }
    log.warn(
      { ...idsOf(registration), outcome },
      'an account was disabled early, and the decision lets the person stay',
    );
    const because = 'the decision does not lock the person out, and the account had been disabled early';
    await audit.record({ ...idsOf(registration), because, ...stepEntry('undo-early-disable', outcome) });
    if (outcome === 'changed' && now() - registration.time > noticedMs) {
      await jobs.add('mail', [mailTo(registration)]);
    }
    return outcome === 'changed' ? 'enabled-again' : 'left-alone';
  }

  return {
    async letGo(registration) {
      if (!(await lockouts.letGo(registration))) {
        return false;
      }
      const data = { kind: 'let-go', registration: bareRegistration(registration) } as const;
      await jobs.add('deadlines', [{ id: `let-go-${registration.eventId}`, data, delayMs: lookAgainMs }]);
      await enableAgain(registration);
      return true;
    },
    async ifLetGo(registration) {
      return (await lockouts.wasLetGo(registration)) ? enableAgain(registration) : 'nothing-to-do';
    },
  };
}

function mailTo({ eventId, realm, clientId, clientName, userId, locale }: Registration) {
  const key = `undone-${eventId}`;
  const who = { realm, clientId, userId, eventId };
  const to = { address: '', locale }; // the mail's job asks Keycloak for the address
  return {
    id: `tell-${key}`,
    data: { kind: 'person', key, to, who, message: 'undone', application: clientName ?? clientId },
  } as const;
}
