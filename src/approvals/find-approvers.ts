import type { ApproverRef } from '../rules/model.ts';
import { isAddressOf } from './transitions.ts';
import type { Approver } from './who-is-asked.ts';

/** A member of a group, or a holder of a role. */
export interface Member extends Approver {
  readonly userId: string;
  /** Name of the person, or the user name where there is none. */
  readonly name: string;
}

export type MembersRef = Exclude<ApproverRef, { email: string } | { chat: unknown }>;

/** Whom Keycloak knows. */
export interface Directory {
  /** Enabled members that have a mail address. @throws ServiceError GROUP_MISSING, ROLE_MISSING, KEYCLOAK_FORBIDDEN */
  membersOf(realm: string, of: MembersRef): Promise<readonly Member[]>;
  /** The one enabled user with that address; `null`: there is none, or several. */
  withAddress(realm: string, address: string): Promise<Pick<Approver, 'locale' | 'zone'> | null>;
}

/** The person whose registration it is: nobody decides about their own. */
export interface Registrant {
  readonly realm: string;
  readonly userId: string;
  readonly addresses: readonly (string | null)[];
}

/**
 * Whom a rule asks now, each once, in the order of the rule. Default groups and an identity provider's mappers can make
 * the person who registered one of the approvers. The person is left out.
 * @throws ServiceError
 */
export async function findApprovers(
  directory: Directory,
  refs: readonly ApproverRef[],
  { realm, userId, addresses }: Registrant,
): Promise<readonly Approver[]> {
  const found = await Promise.all(
    refs.map(async (ref): Promise<readonly Approver[]> => {
      if ('email' in ref) {
        const known = await directory.withAddress(realm, ref.email);
        return [{ address: ref.email, locale: known?.locale ?? null, zone: known?.zone ?? null }];
      }
      if ('chat' in ref) {
        return [{ address: `${ref.chat}:${ref.channel}`, locale: null, zone: null }];
      }
      return (await directory.membersOf(realm, ref)).filter((member) => member.userId !== userId);
    }),
  );
  const approvers = found
    .flat()
    .map(({ address, locale, zone, userId = null }) => ({ address: address.toLowerCase(), locale, zone, userId }))
    .filter(({ address }) => !addresses.some((email) => isAddressOf(address, { email })));
  // The first of one address has its say, unless it knows less.
  const byAddress = new Map<string, Approver>();
  for (const { address, locale, zone, userId } of approvers) {
    const before = byAddress.get(address);
    byAddress.set(address, {
      address,
      locale: before?.locale ?? locale,
      zone: before?.zone ?? zone,
      userId: before?.userId ?? userId,
    });
  }
  return [...byAddress.values()];
}

/** The same look is taken once: a sweep looks the same group up for many approvals. */
export function rememberingDirectory(directory: Directory): Directory {
  const looks = new Map<string, Promise<unknown>>();
  const once = <T>(key: unknown, look: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(key);
    const known = looks.get(name) ?? look();
    looks.set(name, known);
    return known as Promise<T>;
  };
  return {
    membersOf: (realm, of) => once([realm, of], () => directory.membersOf(realm, of)),
    withAddress: (realm, address) => once([realm, address], () => directory.withAddress(realm, address)),
  };
}
