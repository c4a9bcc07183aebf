import type { ApproverRef } from '../rules/model.ts';
import type { Approval } from './approval.ts';
import { change, isOnePerson, unheard } from './transitions.ts';

/** Somebody who may be asked. */
export interface Approver {
  /** In lower case. */
  readonly address: string;
  /** Language tag and IANA time zone, where Keycloak has them. */
  readonly locale: string | null;
  readonly zone: string | null;
  /** Keycloak's id of the person; absent for a mere address. */
  readonly userId?: string | null;
}

/** When approvers are to be asked next; `null`: never again. */
export function turnAt({ remindAt, escalate, toAsk = [], askedAt }: Approval): number | null {
  const times = [remindAt, escalate?.at ?? null, toAsk.length === 0 ? null : askedAt].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * Who is an approver by Keycloak now: new ones are to be asked, and those who left are retired. Given votes stay. If
 * fewer would be left than must agree, nobody is retired: so the question can always be decided, and `need` stays.
 * @param found those whom the rule names
 * @param stays further addresses that are no reason to retire: they got the question by hand
 * @returns `null` if nothing changed
 */
export function lookedUp(
  approval: Approval,
  found: readonly Approver[],
  stays: readonly string[] = [],
): { readonly next: Approval; readonly retired: readonly string[] } | null {
  const { approvers, retired: before = [] } = approval;
  const isStill = new Set([...found.map(({ address }) => address), ...stays]);
  const gave = new Set((approval.handedOver ?? []).map(({ from }) => from));
  const voted = new Set(approval.votes.map(({ approver }) => approver));
  const left = (number: number): boolean =>
    !isStill.has(approvers[number] ?? '') && !voted.has(approvers[number] ?? '');
  const joined = withNew(approval, found);
  const numbers = approvers.map((_, number) => number);
  const without = { ...joined, retired: numbers.filter((number) => gave.has(number) || left(number)) };
  const kept = { ...joined, retired: before.filter((number) => gave.has(number) || left(number)) };
  const { retired, ...rest } = canBeDecided(without) ? without : kept;
  const leave = retired.filter((number) => !before.includes(number));
  if (rest.approvers.length === approvers.length && leave.length === 0 && retired.length === before.length) {
    return null;
  }
  const next = change({ ...approval, ...rest }, { retired: retired.length === 0 ? undefined : retired });
  return { next, retired: leave.map((number) => approvers[number] ?? '') };
}

/** Nobody decided: these are asked as well, and are looked up with the others from now on. */
export function escalated(approval: Approval, found: readonly Approver[]): Approval {
  const { escalate, asks } = approval;
  const gave = new Set((approval.handedOver ?? []).map(({ from }) => from));
  const joined = withNew(approval, found, 'escalate');
  // Those who left and are among the leads are asked again.
  const back = (approval.retired ?? []).filter(
    (number) => !gave.has(number) && found.some(({ address }) => address === approval.approvers[number]),
  );
  const retired = (approval.retired ?? []).filter((number) => !back.includes(number));
  const toAsk = [...(joined.toAsk ?? []), ...back.map((approver) => ({ approver, asking: 'escalate' }) as const)];
  return change(
    { ...approval, ...joined },
    {
      escalate: undefined,
      asks: asks === undefined ? undefined : both(asks, escalate?.to ?? []),
      retired: retired.length === 0 ? undefined : retired,
      toAsk: toAsk.length === 0 ? undefined : toAsk,
    },
  );
}

/** What a rule names is not in Keycloak: it is looked for again later. */
export function escalateLater(approval: Approval, at: number): Approval {
  const { escalate } = approval;
  return escalate === undefined ? approval : change(approval, { escalate: { ...escalate, at } });
}

/** The mails of those who came in are queued; and those of a reminder, if it was time for one. */
export function asked(approval: Approval, now: number): Approval {
  const { remindAt, remindLater = [] } = approval;
  if (remindAt === null || remindAt > now) {
    return change(approval, { toAsk: undefined });
  }
  const later = remindLater.filter((at) => at > now);
  const [next = null, ...rest] = later;
  return change(approval, { toAsk: undefined, remindAt: next, remindLater: rest.length === 0 ? undefined : rest });
}

/** Whether enough people are left who can agree. */
export function canBeDecided(approval: Approval): boolean {
  return approval.votes.length + unheard(approval).length >= approval.need;
}

/**
 * The approval with those who are not among its approvers yet. Whoever voted, or handed the question over, and has
 * another address since does not come in once more.
 */
export function withNew(
  approval: Approval,
  found: readonly Approver[],
  asking: 'ask' | 'escalate' | `handed-over-${number}` = 'ask',
): Approval {
  const { approvers, languages = [], zones = [], people = [], language = null, toAsk = [] } = approval;
  const come = [...new Map(found.map((one) => [one.address, one])).values()].filter(
    (one) => !approvers.includes(one.address) && !hadTheirSay(approval, one),
  );
  if (come.length === 0) {
    return approval;
  }
  return {
    ...approval,
    approvers: [...approvers, ...come.map(({ address }) => address)],
    languages: [
      ...approvers.map((_, number) => languages[number] ?? null),
      ...come.map(({ locale }) => locale ?? language),
    ],
    zones: [...approvers.map((_, number) => zones[number] ?? null), ...come.map(({ zone }) => zone)],
    ...peopleOf([...approvers.map((_, number) => people[number] ?? null), ...come.map(({ userId = null }) => userId)]),
    toAsk: [...toAsk, ...come.map((_, index) => ({ approver: approvers.length + index, asking }))],
  };
}

/** The field `people`, where there is something to keep in it. */
export function peopleOf(people: readonly (string | null)[]): Pick<Approval, 'people'> {
  return people.some((id) => id !== null) ? { people } : {};
}

/** Whether this is somebody who voted, or handed the question over, under whatever address. */
function hadTheirSay({ approvers, people, votes, handedOver = [] }: Approval, one: Approver): boolean {
  const numbers = [...votes.map(({ approver }) => approvers.indexOf(approver)), ...handedOver.map(({ from }) => from)];
  return numbers.some((number) => isOnePerson(people?.[number], one.userId));
}

function both(left: readonly ApproverRef[], right: readonly ApproverRef[]): readonly ApproverRef[] {
  return [...new Map([...left, ...right].map((ref) => [JSON.stringify(ref), ref])).values()];
}
