import type { Registration } from '../../ingest/registration.ts';
import { registrationIn } from '../../ingest/stored.ts';
import { countedUnder } from '../../rules/conditions/registrations-over.ts';
import { decide } from '../../rules/decide/decide.ts';
import type { Decision, Facts, Missing, RuleBook } from '../../rules/model.ts';

export type MissingCount = Extract<Missing, { what: 'count' }>;

/** Decides, and counts registrations when a rule asks for it. */
export async function decideCounting(
  book: RuleBook,
  facts: Pick<Facts, 'registration' | 'user'>,
  count: (missing: MissingCount) => number | Promise<number>,
): Promise<Decision | Exclude<Missing, MissingCount>> {
  const counts = new Map<string, number>();
  for (;;) {
    const decision = decide(book, { ...facts, counts });
    if (decision.kind === 'decided' || decision.what === 'user') {
      return decision;
    }
    counts.set(`${decision.key}/${decision.windowMs}`, await count(decision));
  }
}

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
