import { oneLine } from '../platform/safe-text.ts';
import type { Approval, Vote } from './approval.ts';

/** Characters that a reason may have. */
export const longestReason = 500;

/** What an approver typed as the reason of a vote: one paragraph, not too long. Nothing, where nothing is left of it. */
export function reasonOf(verdict: Vote['verdict'], typed = '', tell = false): Pick<Vote, 'reason' | 'tellReason'> {
  const reason = [...oneLine(typed, Number.MAX_SAFE_INTEGER)].slice(0, longestReason).join('').trim();
  if (reason === '') {
    return {};
  }
  return tell && verdict === 'reject' ? { reason, tellReason: true } : { reason };
}

/** Why the person was rejected, if the approver lets them read it. */
export function reasonToTell({ state, votes }: Pick<Approval, 'state' | 'votes'>): string | null {
  const rejected = state === 'rejected' ? votes.find(({ verdict }) => verdict === 'reject') : undefined;
  return rejected?.tellReason === true ? (rejected.reason ?? null) : null;
}
