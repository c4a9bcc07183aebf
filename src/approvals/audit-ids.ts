import type { AuditEntry } from '../jobs/audit.ts';
import type { Approval } from './approval.ts';

type Ids = Pick<AuditEntry, 'realm' | 'clientId' | 'userId' | 'eventId'> &
  Required<Pick<AuditEntry, 'rule' | 'version' | 'approval'>>;

/** Which approval an audit entry is about. */
export function auditIds({ realm, clientId, userId, eventId, rule, version, id }: Approval): Ids {
  return { realm, clientId, userId, eventId, rule, version, approval: id };
}
