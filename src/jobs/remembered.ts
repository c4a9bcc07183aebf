import type { JobData, QueueName } from './payloads.ts';

/**
 * Whether a job must come back when Redis loses everything. The others come back by themselves: registrations and
 * confirmations from Keycloak's event store, outcomes from the approvals, what an event asks for from the sweeps.
 */
export function mustBeRemembered<Name extends QueueName>(queue: Name, data: JobData[Name]): boolean {
  return (
    queue === 'mail' || queue === 'chat' || queue === 'webhooks' || ('kind' in data && data.kind === 'delayed-step')
  );
}
