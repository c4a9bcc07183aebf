import { setTimeout as sleep } from 'node:timers/promises';

import type { TestRealm } from '../test/stack/support/realm.ts';
import { until } from '../test/stack/support/until.ts';

/** When each user's first update took effect, by Keycloak's clock, which is this machine's. */
export async function adminEventTimes(
  realm: TestRealm,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  let times: ReadonlyMap<string, number> = new Map();
  await until(
    'everybody being disabled',
    async () => {
      times = await updates(realm);
      return userIds.filter((id) => !times.has(id)).length;
    },
    (missing) => missing === 0,
    120_000,
  );
  return times;
}

/** Reads one account until it is disabled; for what leaves no admin event. */
export async function watchUntilDisabled({ userNamed }: TestRealm, username: string): Promise<number> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(10)) {
    if ((await userNamed(username))?.enabled === false) {
      return Date.now();
    }
  }
  return Number.NaN;
}

async function updates({ admin, realm }: TestRealm): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (let first = 0; ; first += 500) {
    const page = await admin.realms.findAdminEvents({ realm, operationTypes: 'UPDATE', first, max: 500 });
    for (const { resourcePath = '', time = 0 } of page) {
      const [, id] = /^users\/([0-9a-f-]{36})$/.exec(resourcePath) ?? [];
      if (id !== undefined) {
        times.set(id, Math.min(time, times.get(id) ?? Number.POSITIVE_INFINITY));
      }
    }
    if (page.length < 500) {
      return times;
    }
  }
}
