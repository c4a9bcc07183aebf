import { z } from 'zod';

import { newAccountMs } from '../../ingest/registration-age.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { Lockouts, Mark, Registered } from '../../jobs/payloads.ts';
import { incomplete, type RememberedState } from './remembered-state.ts';
import { markKey } from './state-keys.ts';

const marks = z.looseObject({
  disabled: z.enum(['claimed', 'done', 'released', 'never']).optional(),
  finished: z.boolean().optional(),
});

export function createLockouts(state: RememberedState, now: () => number): Lockouts {
  const isNew = (who: Registered) => now() - who.time < newAccountMs;

  async function change(what: 'claim' | 'take' | 'let-go' | 'finish', who: Registered): Promise<boolean> {
    return unlessIncomplete(await state.mark(what, who, isNew(who))) === 'done';
  }

  async function read(who: UserRef) {
    const json = await state.get(markKey(who));
    const { disabled = null, finished = false } = json === null ? {} : marks.parse(JSON.parse(json));
    return { disabled, finished, unsure: json === null && !(await state.complete()) };
  }

  /** @param guess whether it may be answered without knowing */
  async function known(who: UserRef, guess: () => boolean): Promise<Mark> {
    const { disabled, finished, unsure } = await read(who);
    if (unsure && !guess()) {
      throw incomplete();
    }
    const ours = disabled === 'claimed' || disabled === 'done' ? disabled : null;
    return { disabled: ours, finished, ...(unsure ? { unsure } : {}) };
  }

  return {
    claim: (who) => change('claim', who),
    take: async (who) => void (await change('take', who)),
    letGo: (who) => change('let-go', who),
    wasLetGo: async (who) => (await read(who)).disabled === 'released',
    claimed: async (who) => (await known(who, () => false)).disabled !== null,
    disabled: async (who) => void (await state.mark('disabled', { ...who, time: 0 }, true)),
    mark: (who) => known(who, () => isNew(who)),
    takeBack: async (who) => void (await state.mark('take-back', { ...who, time: 0 }, true)),
    open: async (registered) =>
      void unlessIncomplete(await state.open(registered.map((who) => ({ ...who, isNew: isNew(who) })))),
    finish: async (who) => void (await change('finish', who)),
  };
}

/** @throws ServiceError REDIS_UNAVAILABLE */
function unlessIncomplete(outcome: unknown): unknown {
  if (outcome === 'incomplete') {
    throw incomplete();
  }
  return outcome;
}
