import type { Approval } from '../../approvals/approval.ts';
import type { Recent } from '../../approvals/recent.ts';
import type { EventQuery } from './events.ts';
import { keepAnswers } from './kept-answers.ts';

export interface RecentDeps {
  readonly events: { registrations(realm: string, query: EventQuery): Promise<readonly unknown[]> };
  readonly now: () => number;
  /** How long a mail or a page waits for it. */
  readonly patienceMs?: number;
}

const day = 86_400_000;
/** More than this many is told as this many. */
const most = 100;
/** Each approver of a question reads the same. */
const keptMs = 10_000;
const unknown: Recent = { fromAddress: null };

/**
 * How many people registered from the IP address of a registration, by Keycloak's event store, within 24 hours: the last
 * ones, or those right after the registration where that is longer ago. So the registration itself is among them. It
 * takes the right `view-events`. Never fails and never takes long: whoever decides can do so without it.
 */
export function createRecent({ events, now, patienceMs = 1_000 }: RecentDeps): (approval: Approval) => Promise<Recent> {
  const ofAddress = keepAnswers(
    async (realm = '', ip = '', registeredAt = '') => {
      const end = Number(registeredAt) + day;
      const until = end < now() ? { from: Number(registeredAt), to: end } : { from: now() - day };
      const found = await within(patienceMs, events.registrations(realm, { ...until, ip, max: most }));
      return found === null ? unknown : { fromAddress: found.length };
    },
    () => keptMs,
    now,
  );
  return async ({ realm, ip, registeredAt }) => (ip === null ? unknown : ofAddress(realm, ip, String(registeredAt)));
}

/** `null`: it failed, or took longer. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([answer.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
