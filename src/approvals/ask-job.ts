import type { NewJob } from '../jobs/payloads.ts';

/**
 * Why an approver gets a mail: the question; the same again because time passed; or because a vote was taken back, with
 * the time of that, in ms since 1970.
 */
type Asking = 'ask' | 'remind' | `again-${number}`;

/** The mail that asks one approver; its id makes it one mail however often it is queued. */
export function askJob(approvalId: string, approver: number, asking: Asking = 'ask'): NewJob<'mail'> {
  return {
    id: `${asking}-${approvalId}-${approver}`,
    data: { kind: 'approval-request', approvalId, approver, reminder: asking === 'remind' },
  };
}
