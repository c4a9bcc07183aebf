import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { gateId } from '../plan-gate.ts';

const pageSize = 200;

/** How many people stand at the gate. Keycloak finds nobody by a required action, so all users are read. */
export async function countWaiting({ users }: KeycloakAdminClient): Promise<number> {
  let waiting = 0;
  for (let first = 0; ; first += pageSize) {
    const page = await users.find({ first, max: pageSize, briefRepresentation: false });
    waiting += page.filter(({ requiredActions }) => requiredActions?.includes(gateId) === true).length;
    if (page.length < pageSize) {
      return waiting;
    }
  }
}
