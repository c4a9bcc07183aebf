import type { MissingCount } from '../../execute/decide-asking.ts';
import type { Registration } from '../../ingest/registration.ts';
import { registrationIn } from '../../ingest/stored.ts';
import { countedUnder } from '../../rules/conditions/registrations-over.ts';

export interface CountableEvents {
  registrations(
    realm: string,
    query: {
      readonly from: number;
      readonly to: number;
      readonly clientId: string;
      readonly first: number;
      readonly max: number;
    },
  ): Promise<readonly object[]>;
}

const pageSize = 500;

/** How many registrations the event store holds of those that are counted together, up to this one. */
export async function countStored(
  events: CountableEvents,
  { realm, clientId, time }: Registration,
  { key, by, windowMs }: MissingCount,
): Promise<number> {
  let counted = 0;
  for (let first = 0; ; first += pageSize) {
    const query = { from: time - windowMs, to: time, clientId, first, max: pageSize };
    const page = await events.registrations(realm, query);
    const registrations = page.flatMap((event) => registrationIn(event, realm) ?? []);
    counted += registrations.filter((registration) => countedUnder(by, { registration }) === key).length;
    if (page.length < pageSize) {
      return Math.max(counted, 1); // this one is among them, also when its address was changed meanwhile
    }
  }
}
