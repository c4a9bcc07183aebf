import type { Logger } from 'pino';

import type { Refusal } from '../ingest/registration.ts';
import { createUnprovenGate, type UnprovenLimit } from '../ingest/unproven.ts';
import type { RefusalEntry } from '../jobs/audit.ts';
import { createRepeats } from '../platform/repeats.ts';
import { concernsRealm } from '../rules/decide/realms-named.ts';
import type { RuleBook } from '../rules/model.ts';

export interface RefusalsDeps {
  readonly rules: () => RuleBook;
  /** @param at ms since 1970. The same refusal has the same name, however often it is recorded. */
  readonly record: (entry: RefusalEntry, happened: { readonly name: string; readonly at: number }) => Promise<void>;
  /** Counts it; `rule` is the name of a rule in force, `none`, or `other`. */
  readonly count: (refusal: { readonly realm: string; readonly clientId: string; readonly rule: string }) => void;
  readonly log: Logger;
  readonly limit?: UnprovenLimit;
  readonly now?: () => number;
}

/** Of each client and rule. Anyone can be refused without end; the first of them say what there is to say. */
const usualLimit: UnprovenLimit = { atOnce: 50, perSecond: 0.1 };
/** More clients and rules than these share one limit: clients are what the browser says. */
const mostLimits = 500;

/**
 * Counts what the door refused, and records it in the audit: each at first, and of a flood some. It never fails, as no
 * registration waits for it: the log has what the audit lacks. Refusals of realms that no rule is for are another
 * installation's.
 */
export function createRefusals(deps: RefusalsDeps): (refusals: readonly Refusal[]) => Promise<void> {
  const { rules, record, count, log, limit = usualLimit, now = Date.now } = deps;
  const limits = new Map<string, { readonly wait: () => number; left: number }>();
  const repeats = createRepeats(now);

  /** @returns how many were left out before this one; `null`: this one is left out as well */
  function admit(key: string): number | null {
    const name = limits.has(key) || limits.size < mostLimits ? key : 'all others';
    const known = limits.get(name) ?? { wait: createUnprovenGate(limit, now), left: 0 };
    limits.set(name, known);
    if (known.wait() > 0) {
      known.left += 1;
      return null;
    }
    const { left } = known;
    known.left = 0;
    return left;
  }

  async function take(refusal: Refusal): Promise<void> {
    const { realm, clientId, eventId, time, error, rule } = refusal;
    const line = rule === null ? undefined : lineOf(rules(), rule);
    const name = rule === null ? 'none' : line === undefined ? 'other' : rule.name;
    count({ realm, clientId, rule: name });
    const left = admit(JSON.stringify([realm, clientId, name]));
    if (left === null) {
      const told = repeats(`${realm} ${name}`);
      if (told !== null) {
        log.warn({ realm, rule: name, ...told }, 'the door refuses more than the audit records of each');
      }
      return;
    }
    const entry: RefusalEntry = {
      kind: 'refused-at-door',
      realm,
      clientId,
      eventId,
      outcome: error,
      ...(rule === null ? {} : { rule: { file: rule.file, line: line ?? 0, rule: rule.name } }),
      ...(rule === null || rule.version === null ? {} : { version: rule.version }),
      ...(left === 0 ? {} : { because: `${left} before this one are not recorded` }),
    };
    await record(entry, { name: `refused-at-door ${eventId}`, at: time }).catch((err: unknown) => {
      const told = repeats('audit');
      if (told !== null) {
        log.error({ err, eventId, ...told }, 'a refusal at the door is not in the audit topic');
      }
    });
  }

  return async (refusals) => {
    const own = refusals.filter(({ realm }) => concernsRealm(rules(), realm));
    await Promise.all(own.map(take));
  };
}

/** Of a rule in force; the door may have gone by an older one. */
function lineOf({ files }: RuleBook, { file, name }: { readonly file: string; readonly name: string }) {
  return files.find((known) => known.file === file)?.rules.find((rule) => rule.name === name)?.line;
}
