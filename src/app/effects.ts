import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { noEffects } from '../execute/dry-run.ts';
import { createEarlyDisable, type EarlyDisable } from '../execute/early-disable.ts';
import { createEffects } from '../execute/effects.ts';
import { countingQuestions } from '../execute/flood-alarm.ts';
import { notingDisables, takingBack } from '../execute/noted-disable.ts';
import { createUndoEarlyDisable, type UndoEarlyDisable } from '../execute/undo-early-disable.ts';
import type { Protection } from '../execute/protected-users.ts';
import { asksForAddress } from '../rules/decide/asks-for-address.ts';
import type { Accounts, Effects } from '../rules/steps/effects.ts';
import { type Base, maxAgeMsOf } from './base.ts';
import { wireFloodAlarm } from './floods.ts';
import type { Storage } from './storage.ts';

export interface WiredEffects {
  readonly effects: Effects;
  /** For the plans of registrations: they wait for a disable that began early, and do not repeat it. */
  readonly afterEarlyDisable: Effects;
  readonly earlyDisable: EarlyDisable;
  readonly undo: UndoEarlyDisable;
}

export function wireEffects(
  base: Base,
  storage: Storage,
  { accounts: changed, events, users, setUpAt }: Keycloak,
  protection: Protection,
): WiredEffects {
  const { config, log, rules, now } = base;
  const { jobs, lockouts, audit } = storage;
  const approvals = countingQuestions(storage.approvals, wireFloodAlarm(base, storage));
  const accounts = notingDisables(changed, lockouts);
  const effectsOn = (target: Accounts): Effects =>
    config.DRY_RUN
      ? noEffects()
      : createEffects({
          accounts: target,
          approvals,
          jobs,
          lockouts,
          adminEvents: events,
          directory: users,
          now,
          addressMatters: () => asksForAddress(rules.current()),
        });
  const effects = effectsOn(takingBack(accounts, lockouts));
  const undoWith = (theirs: Effects) => createUndoEarlyDisable({ effects: theirs, lockouts, jobs, audit, log, now });
  const earlyDisable = createEarlyDisable({
    rules: () => rules.current(),
    users,
    accounts,
    lockouts,
    protection,
    undo: undoWith(effects),
    now,
    setUpAt,
    maxAgeMs: maxAgeMsOf(config),
  });
  const afterEarlyDisable = effectsOn(earlyDisable.accounts);
  return { effects, afterEarlyDisable, earlyDisable, undo: undoWith(afterEarlyDisable) };
}
