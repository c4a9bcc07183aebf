import type { Approval, ApprovalStore } from '../approvals/approval.ts';
import type { NewJob } from '../jobs/payloads.ts';
import type { Flood } from '../jobs/questions.ts';
import type { RuleRef } from '../rules/model.ts';
import { digest } from './effect-jobs.ts';

/** Notices when a rule asks approvers about very many people. It holds nothing up. */
export interface FloodAlarm {
  /** Counts the approval, once. Never rejects. */
  asked(rule: RuleRef, approval: Pick<Approval, 'id' | 'realm'>): Promise<void>;
  /** The alarms of the last hour. */
  floods(): Promise<readonly Flood[]>;
}

export const noAlarm: FloodAlarm = { asked: async () => undefined, floods: async () => [] };

/** Approvals as given; each that is opened is counted. */
export function countingQuestions(
  approvals: Pick<ApprovalStore, 'get' | 'open'>,
  alarm: Pick<FloodAlarm, 'asked'>,
): Pick<ApprovalStore, 'get' | 'open'> {
  return {
    get: (id) => approvals.get(id),
    async open(approval) {
      const opened = await approvals.open(approval);
      if (opened) {
        await alarm.asked(approval.rule, approval);
      }
      return opened;
    },
  };
}

/** The mails that tell operators of a flood, one for each address. */
export function floodMails(flood: Flood, limit: number, to: readonly string[]): NewJob<'mail'>[] {
  return to.map((address) => {
    const key = `flood-${digest(JSON.stringify([flood, address]))}`;
    return { id: key, data: { kind: 'flood', key, to: address, flood, limit } };
  });
}
