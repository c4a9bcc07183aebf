import { randomUUID } from 'node:crypto';

import { expect, it } from '@jest/globals';

import type { OutageStore } from '../../src/jobs/outages.ts';

/** What every store of outages does, the one in Redis and the tests' own. */
export function outageStoreContract(stored: () => OutageStore): void {
  const named = (): string => `keycloak ${randomUUID()}`;
  const outageOf = async (system: string) => (await stored().list()).find((outage) => outage.system === system);

  it('knows a suspect since its first failure', async () => {
    const system = named();
    await stored().suspect(system, 1_000);
    await stored().suspect(system, 2_000);
    await expect(outageOf(system)).resolves.toEqual({ system, confirmed: false, since: 1_000 });
  });

  it('confirms an outage once', async () => {
    const [system, other] = [named(), named()];
    await stored().suspect(system, 1_000);
    const outage = { system, confirmed: false, since: 1_000 };
    await expect(stored().confirm(outage)).resolves.toBe(true);
    await expect(stored().confirm(outage)).resolves.toBe(false);
    await expect(outageOf(system)).resolves.toEqual({ ...outage, confirmed: true });
    await expect(stored().confirm({ ...outage, system: other })).resolves.toBe(false);
    await expect(outageOf(other)).resolves.toBeUndefined();
  });

  it('stays confirmed when another job fails', async () => {
    const system = named();
    await stored().suspect(system, 1_000);
    await stored().confirm({ system, confirmed: false, since: 1_000 });
    await stored().suspect(system, 3_000, { queue: 'mail', id: 'a' });
    await expect(outageOf(system)).resolves.toEqual({ system, confirmed: true, since: 1_000 });
    await stored().drop(system);
  });

  it('hands out each job once that waited for a system that is back, in bounded numbers', async () => {
    const system = named();
    const ids = Array.from({ length: 5 }, () => randomUUID());
    for (const id of [...ids, ...ids]) {
      await stored().suspect(system, 1_000, { queue: 'registrations', id });
    }
    await expect(stored().end(system)).resolves.toBe(5);
    await expect(outageOf(system)).resolves.toBeUndefined();
    const first = await stored().takeWoken(2);
    const rest = await stored().takeWoken(50);
    expect([first.length, rest.length]).toEqual([2, 3]);
    expect([...first, ...rest].map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(first[0]?.queue).toBe('registrations');
    await expect(stored().takeWoken(50)).resolves.toEqual([]);
    await expect(stored().end(system)).resolves.toBe(0);
  });

  it('takes a job back that cannot be woken yet', async () => {
    await stored().giveBack([{ queue: 'mail', id: 'again' }]);
    await expect(stored().takeWoken(50)).resolves.toEqual([{ queue: 'mail', id: 'again' }]);
  });

  it('wakes nothing of a suspicion that came to nothing', async () => {
    const system = named();
    await stored().suspect(system, 1_000, { queue: 'mail', id: 'a' });
    await stored().drop(system);
    await expect(outageOf(system)).resolves.toBeUndefined();
    await expect(stored().end(system)).resolves.toBe(0);
  });

  it('lets one instance probe a system, and another one after its pause', async () => {
    const system = named();
    await expect(stored().claimProbe(system)).resolves.toBe(true);
    await expect(stored().claimProbe(system)).resolves.toBe(false);
    await expect(stored().claimProbe(named())).resolves.toBe(true);
    await stored().letGo(system, 1);
    for (let claimed = false; !claimed;) {
      claimed = await stored().claimProbe(system);
    }
  });
}
