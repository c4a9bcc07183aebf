import type { Approval, ApprovalStore } from '../src/approvals/approval.ts';
import { isAddressOf, unheard } from '../src/approvals/transitions.ts';
import type { Audit } from '../src/jobs/audit.ts';
import { ServiceError } from '../src/platform/errors.ts';
import type { Handler, Job, MailJob } from '../src/jobs/payloads.ts';
import {
  approvalRequestMail,
  type Mail,
  notifyMail,
  personMail,
  ruleStoppedMail,
} from '../src/messages/mail/messages.ts';
import { withoutPersonalData } from '../src/jobs/queues.ts';
import { readForGood } from '../src/ingest/presence.ts';
import type { UserRef } from '../src/ingest/registration.ts';
import type { UserFacts } from '../src/ingest/user.ts';

export interface MailDeps {
  readonly approvals: Pick<ApprovalStore, 'get'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly send: (to: string, mail: Mail) => Promise<void>;
  readonly linkFor: (approval: Approval, approver: number) => string;
  readonly audit: Audit;
  readonly now: () => number;
}

type ApproverMail = Extract<MailJob, { kind: 'approval-request' }>;

/**
 * Sends one mail. It may be sent twice when the process dies between the server's "250" and the end of the job; both
 * copies then carry the same link and the same Message-ID.
 */
export function createMail({ approvals, users, send, linkFor, audit, now }: MailDeps): Handler<'mail'> {
  async function askApprover(job: Job<'mail'>, data: ApproverMail): Promise<string> {
    const { approvalId, approver, reminder, sent } = data;
    const approval = await approvals.get(approvalId);
    const to = approval?.approvers[approver];
    if (approval === null || to === undefined) {
      return 'no-longer-asked';
    }
    if (sent === undefined) {
      if (approval.state !== 'waiting' || !unheard(approval).includes(approver)) {
        return 'no-longer-asked';
      }
      const user = await readForGood(users, approval, approval.registeredAt, now());
      if (user === null) {
        return 'user-gone';
      }
      if (isAddressOf(to, user)) {
        return 'own-registration'; // the person has taken an approver's address since
      }
      if (approval.waitFor === 'email-verified' && !user.emailVerified) {
        // Queued when it was verified, or when the rule no longer waits, which the approval will say in a moment.
        throw new ServiceError('ADDRESS_UNVERIFIED', 'the address is not verified any more', { approval: approvalId });
      }
      await send(to, approvalRequestMail({ approval, user, approver, link: linkFor(approval, approver), reminder }));
      await job.save({ ...data, sent: true }); // what is left is tried again without a second mail
    }
    const { realm, clientId, userId, eventId, rule, version } = approval;
    const about = { realm, clientId, userId, eventId, rule, version, approval: approvalId };
    await audit.record({ kind: reminder ? 'reminded' : 'asked', ...about, to });
    return 'sent';
  }

  return async (job) => {
    const { data } = job;
    switch (data.kind) {
      case 'approval-request':
        return askApprover(job, data);
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
