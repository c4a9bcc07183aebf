import type { Approval, ApprovalStore } from '../src/approval/approval.ts';
import { isAddressOf } from '../src/approval/outcome.ts';
import type { Handler, MailJob } from '../src/jobs.ts';
import { approvalRequestMail, type Mail, notifyMail, personMail, ruleStoppedMail } from '../src/mail/messages.ts';
import { withoutPersonalData } from '../src/personal-data.ts';
import type { Who } from '../src/registration/registration.ts';
import type { UserFacts } from '../src/rules/model.ts';

export interface MailDeps {
  readonly approvals: Pick<ApprovalStore, 'get'>;
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly send: (to: string, mail: Mail) => Promise<void>;
  readonly linkFor: (approval: Approval, approver: number) => string;
}

/**
 * Sends one mail. It may be sent twice when the process dies between the server's "250" and the end of the job; both
 * copies then carry the same link and the same Message-ID.
 */
export function createMail({ approvals, users, send, linkFor }: MailDeps): Handler<'mail'> {
  async function askApprover({
    approvalId,
    approver,
    reminder,
  }: Extract<MailJob, { kind: 'approval-request' }>): Promise<string> {
    const approval = await approvals.get(approvalId);
    const to = approval?.approvers[approver];
    if (approval === null || to === undefined || approval.state !== 'waiting') {
      return 'no-longer-asked';
    }
    const user = await users.read(approval);
    if (user === null) {
      return 'user-gone';
    }
    if (isAddressOf(to, user)) {
      return 'own-registration'; // the person has taken an approver's address since
    }
    if (approval.waitFor === 'email-verified' && !user.emailVerified) {
      return 'not-verified-yet'; // asked again when the address is verified
    }
    await send(to, approvalRequestMail({ approval, user, approver, link: linkFor(approval, approver), reminder }));
    return 'sent';
  }

  return async (job) => {
    const { data } = job;
    switch (data.kind) {
      case 'approval-request':
        return askApprover(data);
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
