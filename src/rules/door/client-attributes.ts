import { isGlob } from '../../platform/glob.ts';
import type { DoorList, DoorPolicy } from './policy.ts';

/** Attributes of a client in Keycloak, for a provider that cannot follow the policy. */
export type ClientAttributes = Readonly<Partial<Record<'vestibule.hold' | 'vestibule.registration', string>>>;

export interface AttributedClient {
  readonly realm: string;
  readonly client: string;
  readonly attributes: ClientAttributes;
}

export interface AttributedClients {
  /** Named exactly, in order of realm and client. Those that need no attribute are there too. */
  readonly clients: readonly AttributedClient[];
  /** Patterns of realms or clients. Only Keycloak knows which clients they name. */
  readonly patterns: readonly AttributedClient[];
}

/** What attributes can say of a policy: that a client holds at the gate, or is closed for everybody. */
export function clientAttributes({ entries, lists }: DoorPolicy): AttributedClients {
  const all = entries
    .map(({ realm, client, list }) => ({ realm, client, attributes: attributesOf(lists[list]) }))
    .toSorted((left, right) => compare(left.realm, right.realm) || compare(left.client, right.client));
  const isPattern = ({ realm, client }: AttributedClient): boolean => isGlob(realm) || isGlob(client);
  return { clients: all.filter((one) => !isPattern(one)), patterns: all.filter(isPattern) };
}

function attributesOf(list: DoorList | undefined): ClientAttributes {
  const rules = list?.rules ?? [];
  const [first] = rules;
  const holds = list?.hold === true || rules.some(({ door }) => door === 'gate');
  return {
    ...(holds ? { 'vestibule.hold': 'gate' } : {}),
    ...(first?.door === 'refuse' && first.when === null ? { 'vestibule.registration': 'closed' } : {}),
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
