import { describe, expect, it } from '@jest/globals';

import type { EventQuery } from '../../../src/adapters/keycloak/events.ts';
import { createRecent } from '../../../src/adapters/keycloak/recent.ts';
import { ask } from '../../../src/approvals/open.ts';
import { requestOf } from '../../fakes/approval-requests.ts';
import { context, registeredAt } from '../../fakes/registrations.ts';

const approval = ask({ context, request: requestOf(), approvers: [], now: registeredAt });
const day = 86_400_000;

function setup(now: number, answer: () => Promise<readonly unknown[]> = async () => [{}, {}, {}]) {
  const queries: EventQuery[] = [];
  const clock = { now };
  const recentOf = createRecent({
    events: {
      registrations: (_realm, query) => {
        queries.push(query);
        return answer();
      },
    },
    now: () => clock.now,
    patienceMs: 5,
  });
  return { recentOf, queries, clock };
}

describe('src/adapters/keycloak/recent', () => {
  it('counts the registrations from the same address in the last 24 hours', async () => {
    const { recentOf, queries } = setup(registeredAt + 60_000);
    expect(await recentOf(approval)).toEqual({ fromAddress: 3 });
    expect(queries).toEqual([{ from: registeredAt + 60_000 - day, ip: '192.0.2.7', max: 100 }]);
  });

  it('counts those of the day that began with the registration, where it is longer ago', async () => {
    const { recentOf, queries } = setup(registeredAt + 3 * day);
    await recentOf(approval);
    expect(queries).toEqual([{ from: registeredAt, to: registeredAt + day, ip: '192.0.2.7', max: 100 }]);
  });

  it('asks once for all approvers of a question', async () => {
    const { recentOf, queries, clock } = setup(registeredAt);
    await Promise.all([recentOf(approval), recentOf(approval)]);
    await recentOf({ ...approval, id: 'other' });
    expect(queries).toHaveLength(1);
    clock.now += 10_001;
    await recentOf(approval);
    expect(queries).toHaveLength(2);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['takes too long', () => new Promise<never>(() => undefined)],
  ])('knows nothing, and keeps nobody waiting, where Keycloak %s', async (_, answer) => {
    expect(await setup(registeredAt, answer).recentOf(approval)).toEqual({ fromAddress: null });
  });

  it('asks nothing about a registration without an address', async () => {
    const { recentOf, queries } = setup(registeredAt);
    expect(await recentOf({ ...approval, ip: null })).toEqual({ fromAddress: null });
    expect(queries).toEqual([]);
  });
});
