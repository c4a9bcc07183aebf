import type { ApprovalStore } from './approval.ts';
import { auditIds } from './audit-ids.ts';
import { markObsolete } from './transitions.ts';
import { recordVotes } from './record-decision.ts';
import type { Audit } from '../jobs/audit.ts';
import { readForGood } from '../ingest/presence.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';

export interface GoneDeps {
  readonly approvals: Pick<ApprovalStore, 'get' | 'replace' | 'ofUser'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * An event says that an account was deleted. If Keycloak says so too, the approvals that wait for it become obsolete.
 */
export function createGone({ approvals, users, audit, now }: GoneDeps): (who: UserRef) => Promise<string> {
  return async ({ realm, userId }) => {
    let obsolete = 0;
    for (const id of await approvals.ofUser(realm, userId)) {
      const approval = await approvals.get(id);
      if (approval?.state !== 'waiting') {
        continue;
      }
      if ((await readForGood(users, approval, approval.registeredAt, now())) !== null) {
        return 'still-there';
      }
      await recordVotes(audit, approval);
      // Recorded before the approval changes: a repeat of this job finds nothing left to record.
      await audit.record({ kind: 'obsolete', ...auditIds(approval) });
      obsolete += Number(await approvals.replace(markObsolete(approval, now())));
    }
    return `${obsolete} obsolete`;
  };
}
