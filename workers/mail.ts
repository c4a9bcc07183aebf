import type { Approval, ApprovalStore } from '../src/approval/approval.ts';
import type { Handler, MailJob } from '../src/jobs.ts';
import { approvalRequestMail, personMail } from '../src/mail/messages.ts';
import type { Mail } from '../src/mail/messages.ts';
import type { Who } from '../src/registration/registration.ts';
import type { UserFacts } from '../src/rules/model.ts';

export interface MailDeps {
  readonly approvals: ApprovalStore;
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly send: (to: string, mail: Mail) => Promise<void>;
  readonly linkFor: (approval: Approval, approver: number) => string;
  readonly now: () => number;
}

/**
 * Sends one mail. It may be sent twice when the process dies between the server's "250" and the end of the job; both
 * copies then carry the same link and the same Message-ID.
 */
export function createMail({ approvals, users, send, linkFor, now }: MailDeps): Handler<'mail'> {
  async function askApprover(job: Extract<MailJob, { kind: 'approval-request' }>): Promise<string> {
    const approval = await approvals.get(job.approvalId);
    const to = approval?.approvers[job.approver];
    if (approval === null || to === undefined || approval.state !== 'waiting') {
      return 'no-longer-asked';
    }
    const user = await users.read(approval);
    if (user === null) {
      return 'user-gone';
    }
    const link = linkFor(approval, job.approver);
    await send(to, approvalRequestMail({ approval, user, link, reminder: job.reminder, now: now() }));
    return 'sent';
  }

  return async ({ data }) => {
    if (data.kind === 'approval-request') {
      return askApprover(data);
    }
    await send(data.to.address, personMail(data));
    return 'sent';
  };
}
