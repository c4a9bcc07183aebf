import { z } from 'zod';

import { newAccountMs } from '../../ingest/registration-age.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { Lockouts, Mark, Registered } from '../../jobs/payloads.ts';
import { incomplete, type RememberedState } from './remembered-state.ts';
import { markKey } from './state-keys.ts';

const marks = z.looseObject({
  disabled: z.enum(['claimed', 'done']).optional(),
  finished: z.boolean().optional(),
});

export function createLockouts(state: RememberedState, now: () => number): Lockouts {
  async function change(what: 'claim' | 'finish' | 'open', who: Registered): Promise<boolean> {
    const outcome = await state.mark(what, who, now() - who.time < newAccountMs);
    if (outcome === 'incomplete') {
      throw incomplete();
    }
    return outcome === 'done';
  }

  async function read(who: UserRef, needed: () => boolean): Promise<Mark> {
    const json = await state.get(markKey(who));
    if (json === null && needed() && !(await state.complete())) {
      throw incomplete();
    }
    const { disabled = null, finished = false } = json === null ? {} : marks.parse(JSON.parse(json));
    return { disabled, finished };
  }

  return {
    claim: (who) => change('claim', who),
    claimed: async (who) => (await read(who, () => true)).disabled !== null,
    disabled: async (who) => void (await state.mark('disabled', { ...who, time: 0 }, true)),
    mark: (who) => read(who, () => now() - who.time >= newAccountMs),
    open: async (who) => void (await change('open', who)),
    finish: async (who) => void (await change('finish', who)),
  };
}
