import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { stateOf } from './rules-in-force.ts';
import { until } from './stage.ts';

/** Waits until Keycloak's door has the policy of the rules in force. */
export async function untilRulesAreAtTheDoor(admin: KeycloakAdminClient, opsUrl: string): Promise<void> {
  await until("the rules at Keycloak's door", async () => {
    const { providers } = await admin.serverInfo.find();
    const version = providers?.['eventsListener']?.providers?.['vestibule']?.operationalInfo?.['door policy version'];
    return version !== undefined && (await stateOf(opsUrl)).includes(version) ? version : null;
  });
}
