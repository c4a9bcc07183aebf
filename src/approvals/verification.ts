import type { Approval, ApprovalStore } from './approval.ts';
import { confirmedMails } from './confirmed-mail.ts';
import { beginAsking } from './transitions.ts';
import { askJob } from './ask-job.ts';
import { forEach } from '../platform/each.ts';
import type { Jobs } from '../jobs/payloads.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { RuleBook } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { stillWaits } from '../rules/decide/still-waits.ts';

export interface VerificationDeps {
  readonly rules: () => RuleBook;
  readonly approvals: Pick<ApprovalStore, 'get' | 'replace' | 'ofUser' | 'unasked'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly jobs: Jobs;
  readonly now: () => number;
}

/** How many approvals are looked at in one round. Those that wait longest for a look come first. */
const eachRound = 500;
const readAtOnce = 16;
/** How many of one realm at once, so that a round does not keep Keycloak from its own work. */
const lookAtOnce = 4;
/** After so many failed reads, a realm is left until the next round: each read may have waited until its timeout. */
const mostFailures = 5;

/** The approvals that wait until the person's address is verified. Their approvers are asked after that. */
export function createVerification({ rules, approvals, users, jobs, now }: VerificationDeps) {
  /**
   * Asks the approvers if Keycloak says that the address is verified. Also asks if the rule no longer waits for that:
   * an operator ends the waiting so in a realm that verifies no addresses. The mails are queued before the approval
   * notes it. Each mail has an id, so queueing it twice sends it once. Until then, the mail worker checks the address
   * itself.
   */
  async function look(approval: Approval): Promise<boolean> {
    const user = await users.read(approval);
    if (user === null || (!user.emailVerified && stillWaits(rules(), approval.rule))) {
      return false;
    }
    const asking = approval.approvers.map((_, approver) => askJob(approval.id, approver));
    await jobs.add('mail', [...asking, ...(user.emailVerified ? confirmedMails(approval) : [])]);
    await approvals.replace(beginAsking(approval, now()));
    return true;
  }

  async function openOnes(ids: readonly string[]): Promise<Approval[]> {
    const open: Approval[] = [];
    await forEach(ids, readAtOnce, async (id) => {
      const approval = await approvals.get(id);
      if (approval?.state === 'waiting' && approval.waitFor !== null) {
        open.push(approval);
      }
    });
    return open;
  }

  return {
    /** Looks at all that wait: an address can be verified without an event that says so. */
    async lookAtAll(): Promise<string> {
      const byRealm = new Map<string, Approval[]>();
      for (const approval of await openOnes(await approvals.unasked(now(), eachRound))) {
        byRealm.set(approval.realm, [...(byRealm.get(approval.realm) ?? []), approval]);
      }
      let asked = 0;
      await forEach([...byRealm.values()], byRealm.size, (ofRealm) => {
        let failures = 0;
        return forEach(ofRealm, lookAtOnce, async (approval) => {
          if (failures < mostFailures) {
            asked += Number(
              await look(approval).catch((error: unknown) => {
                failures++;
                throw error;
              }),
            );
          }
        });
      });
      return `${asked} asked`;
    },
    /** An event says that the address is verified. Keycloak is asked whether it is. */
    async lookAtUser({ realm, userId }: UserRef): Promise<string> {
      let asked = 0;
      for (const approval of await openOnes(await approvals.ofUser(realm, userId))) {
        asked += Number(await look(approval));
      }
      return `${asked} asked`;
    },
  };
}
