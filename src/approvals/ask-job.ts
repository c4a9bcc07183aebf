import type { NewJob } from '../jobs/payloads.ts';
import type { AskedAs } from '../jobs/questions.ts';
import type { Asking } from './approval.ts';

/** The mail that asks one approver; its id makes it one mail however often it is queued. */
export function askJob(approvalId: string, approver: number, asking: Asking = 'ask'): NewJob<'mail'> {
  const kind = kindOf(asking);
  return {
    id: `${asking}-${approvalId}-${approver}`,
    data: { kind: 'approval-request', approvalId, approver, reminder: kind === 'remind', asking: kind },
  };
}

function kindOf(asking: Asking): AskedAs {
  return kinds.find((kind) => asking.startsWith(kind)) ?? 'ask';
}

const kinds: readonly AskedAs[] = ['remind', 'escalate', 'handed-over', 'again'];
