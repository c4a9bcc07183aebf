import type { ApprovalRequest } from '../../src/rules/model.ts';

/** A request as the loader leaves it, with its defaults. */
export function requestOf(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const nothing = { approved: [], rejected: [], expired: [] };
  return {
    approvers: [],
    need: 1,
    hold: 'account',
    waitFor: null,
    remindAfter: null,
    expireAfter: 604_800_000,
    ...nothing,
    ...changes,
  };
}
