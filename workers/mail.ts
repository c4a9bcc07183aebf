import type { Approval } from '../src/approvals/approval.ts';
import { askApprover, type AskApproverDeps } from '../src/approvals/ask-approver.ts';
import type { Handler } from '../src/jobs/payloads.ts';
import { withoutPersonalData } from '../src/jobs/queues.ts';
import {
  approvalRequestMail,
  type Mail,
  notifyMail,
  personMail,
  ruleStoppedMail,
} from '../src/messages/mail/messages.ts';

export interface MailDeps extends AskApproverDeps {
  readonly send: (to: string, mail: Mail) => Promise<void>;
  readonly linkFor: (approval: Approval, approver: number) => string;
}

/**
 * Sends one mail. A mail is sent twice if the process dies between the server's "250" and the end of the job. Both
 * copies then carry the same link and the same Message-ID.
 */
export function createMail(deps: MailDeps): Handler<'mail'> {
  const { users, send, linkFor } = deps;
  return async (job) => {
    const { data } = job;
    switch (data.kind) {
      case 'approval-request':
        return askApprover(deps, job, data, ({ to, ...question }) =>
          send(to, approvalRequestMail({ ...question, link: linkFor(question.approval, question.approver) })),
        );
      case 'person': {
        const address = data.to.address || (await users.read(data.who))?.email;
        if (!address) {
          return 'user-gone';
        }
        await send(address, personMail(data));
        // The finished job stays for a while to absorb repeats; the address does not.
        await job.save(withoutPersonalData('mail', data));
        return 'sent';
      }
      case 'notify':
        await send(data.to, notifyMail(data));
        return 'sent';
      case 'rule-stopped':
        await send(data.to, ruleStoppedMail(data));
        return 'sent';
      default:
        return data satisfies never;
    }
  };
}
