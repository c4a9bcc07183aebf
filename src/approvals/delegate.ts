import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { ServiceError } from '../platform/errors.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import type { Directory, Member } from './find-approvers.ts';
import { cannotGet, cannotHandOver, handOver, type NotHandedOver } from './hand-over.ts';
import type { Links } from './links.ts';
import { zoneUnder } from './time-zone.ts';
import { isAddressOf } from './transitions.ts';

/** A member of the group that the rule names. */
export type Colleague = Pick<Member, 'userId' | 'name' | 'address'>;

/** What the page for handing over shows. */
export type DelegateView = { readonly approval: Approval } & (
  | { readonly kind: 'choose'; readonly colleagues: readonly Colleague[]; readonly nonce: string }
  | { readonly kind: 'confirm'; readonly colleague: Colleague; readonly nonce: string }
  /** `to`: the colleague's address; `zone`: of the approver. */
  | { readonly kind: 'done'; readonly to: string; readonly at: number; readonly zone: string }
  | { readonly kind: 'cannot'; readonly because: NotHandedOver }
);

/** The hidden fields of the page. */
export interface Choice {
  /** Keycloak's id of the colleague. */
  readonly to: string;
  readonly nonce: string;
}

export interface Delegation {
  /** Changes nothing. @throws ServiceError LINK_INVALID, LINK_SPENT, …_UNAVAILABLE */
  view(token: string): Promise<DelegateView>;
  /** Asks once more, by the colleague's name. Changes nothing. @throws ServiceError FORM_INVALID, as `view` */
  choose(token: string, choice: Choice): Promise<DelegateView>;
  /** Hands over, with the nonce of the page that asked once more. @throws ServiceError FORM_INVALID, as `view` */
  confirm(token: string, choice: Choice): Promise<DelegateView>;
}

export interface DelegationDeps {
  readonly approvals: Pick<ApprovalStore, 'get' | 'replace'>;
  readonly links: Links;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly directory: Pick<Directory, 'membersOf'>;
  readonly rules: () => RuleBook;
  readonly now: () => number;
}

interface Opened {
  readonly approval: Approval;
  readonly approver: number;
}

/** What each page's nonce covers: no digest of an approval page has a space. */
const choosing = 'hand over';
const confirming = (to: string): string => `hand over to ${to}`;

/** Where an approver hands the question over to a colleague. The sweep sends the colleague the mail. */
export function createDelegation(deps: DelegationDeps): Delegation {
  const { approvals, links, now } = deps;

  async function open(token: string): Promise<Opened> {
    const approval = await approvals.get(links.claimOf(token).approvalId);
    if (approval === null) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const { approver, expiresAt } = links.verify(token, approval);
    if (approval.state === 'waiting' && expiresAt <= now()) {
      throw new ServiceError('LINK_SPENT', 'this link has expired', { approval: approval.id });
    }
    return { approval, approver };
  }

  function assertFrom(page: string, token: string, nonce: string, { approval }: Opened): void {
    if (!links.isNonce(nonce, token, page)) {
      throw new ServiceError('FORM_INVALID', 'this does not come from the page', { approval: approval.id });
    }
  }

  async function viewOf(token: string, { approval, approver }: Opened): Promise<DelegateView> {
    const given = approval.handedOver?.find(({ from }) => from === approver);
    if (given !== undefined) {
      const zone = zoneUnder(deps.rules(), approval, approver);
      return { approval, kind: 'done', to: approval.approvers[given.to] ?? '', at: given.at, zone };
    }
    const because = cannotHandOver(approval, approver, now());
    if (because !== null) {
      return { approval, kind: 'cannot', because };
    }
    const colleagues = await colleaguesOf(deps, approval, approver);
    return { approval, kind: 'choose', colleagues, nonce: links.nonceFor(token, choosing) };
  }

  return {
    view: async (token) => viewOf(token, await open(token)),

    async choose(token, { to, nonce }) {
      const opened = await open(token);
      assertFrom(choosing, token, nonce, opened);
      const view = await viewOf(token, opened);
      const colleague = view.kind === 'choose' ? view.colleagues.find(({ userId }) => userId === to) : undefined;
      return colleague === undefined
        ? view
        : { approval: view.approval, kind: 'confirm', colleague, nonce: links.nonceFor(token, confirming(to)) };
    },

    async confirm(token, { to, nonce }) {
      for (;;) {
        const opened = await open(token);
        assertFrom(confirming(to), token, nonce, opened);
        const { approval, approver } = opened;
        if (cannotHandOver(approval, approver, now()) !== null) {
          return viewOf(token, opened);
        }
        const chosen = (await membersOf(deps, approval)).find(({ userId }) => userId === to);
        const given =
          chosen === undefined ? { refused: 'not-allowed' as const } : handOver(approval, approver, chosen, now());
        if ('refused' in given) {
          return { approval, kind: 'cannot', because: given.refused };
        }
        // `false`: it changed meanwhile, so look at it again.
        if (await approvals.replace(given.next)) {
          return viewOf(token, { approval: given.next, approver });
        }
      }
    },
  };
}

/** Those who can get it from that approver, by name. */
async function colleaguesOf(deps: DelegationDeps, approval: Approval, from: number): Promise<readonly Colleague[]> {
  return (await membersOf(deps, approval))
    .filter((member) => cannotGet(approval, from, member) === null)
    .map(({ userId, name, address }) => ({ userId, name, address }))
    .toSorted((left, right) => left.name.localeCompare(right.name));
}

/** The members of the group, without the person whose registration it is. */
async function membersOf({ directory, users }: DelegationDeps, approval: Approval): Promise<readonly Member[]> {
  const { realm, userId, delegate } = approval;
  if (delegate === undefined) {
    return [];
  }
  const [members, user] = await Promise.all([directory.membersOf(realm, { group: delegate }), users.read(approval)]);
  return members
    .map((member) => ({ ...member, address: member.address.toLowerCase() }))
    .filter((member) => member.userId !== userId && (user === null || !isAddressOf(member.address, user)));
}
