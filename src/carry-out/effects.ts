import { createHash } from 'node:crypto';

import { approvalId, ask } from '../approval/ask.ts';
import type { Approval, ApprovalStore } from '../approval/approval.ts';
import { isAddressOf } from '../approval/outcome.ts';
import type { AdminEvents } from '../approval/stays-disabled.ts';
import { ServiceError } from '../errors.ts';
import type { About, Closings, Jobs, MailJob, NewJob } from '../jobs.ts';
import { bareOccasion } from '../personal-data.ts';
import type { Accounts, Effects, Occasion, Outcome } from '../rules/effects.ts';
import type { ApprovalRequest, ApproverRef } from '../rules/model.ts';
import type { StoppedRule } from './closing-limit.ts';

export interface EffectsDeps {
  readonly accounts: Accounts;
  readonly approvals: ApprovalStore;
  readonly jobs: Jobs;
  readonly closings: Pick<Closings, 'claimed'>;
  readonly adminEvents: AdminEvents;
  /** Mail addresses of a group's or role's members, but for one of them. */
  readonly membersOf: (
    realm: string,
    of: { group: string } | { role: string },
    exceptUserId: string,
  ) => Promise<readonly string[]>;
  readonly now: () => number;
  /** Whether the rules look at the address that a registration came from, also when a delayed step is due. */
  readonly addressMatters?: () => boolean;
}

/** Required action of the Keycloak provider that keeps a person at the door. */
export const gateAction = 'vestibule-pending';

/** The effects of steps, made of accounts, approvals and queues. Mail is only queued here, so it cannot delay a door. */
export function createEffects(deps: EffectsDeps): Effects {
  const { accounts, adminEvents, approvals, closings, jobs, membersOf, now, addressMatters = () => false } = deps;

  async function openApproval(occasion: Occasion, request: ApprovalRequest) {
    const known = await approvals.get(approvalId(occasion));
    if (known !== null && known.state !== 'waiting') {
      // An earlier attempt got this far and the approvers were faster than the next one: to hold the person again now
      // would shut out somebody who was let in.
      return 'unchanged' as const;
    }
    await hold(occasion, request);
    const approval = known ?? (await open(occasion, request));
    // Queued also when it was open already: the attempt that opened it may have died before this line.
    await jobs.add('mail', [
      ...approval.approvers.map((_, approver): NewJob<'mail'> => askJob(approval.id, approver)),
      ...toPerson(occasion, 'pending'),
    ]);
    return known === null ? ('changed' as const) : ('unchanged' as const);
  }

  async function open(occasion: Occasion, request: ApprovalRequest): Promise<Approval> {
    const approvers = await resolve(occasion, request.approvers);
    if (approvers.length === 0) {
      throw new ServiceError(
        'NOBODY_TO_ASK',
        'nobody but the person who registered could be asked, or no approver has a mail address',
        {
          file: occasion.rule.file,
          line: occasion.rule.line,
          rule: occasion.rule.rule,
        },
      );
    }
    const disabledHere = await closings.claimed(occasion.registration.eventId);
    const approval = ask({ occasion, request, approvers, disabledHere, now: now() });
    await approvals.open(approval);
    return approval;
  }

  async function hold({ registration }: Occasion, { hold }: ApprovalRequest): Promise<void> {
    if (hold === 'account') {
      await accounts.disable(registration);
    } else if (hold === 'gate') {
      // Already there where the provider put it there; then nobody got in and there is no session to end.
      if ((await accounts.addRequiredAction(registration, gateAction)) === 'changed') {
        await accounts.logOut(registration);
      }
    }
  }

  /** Default groups and an identity provider's mappers can make the person one of the approvers: they are not asked. */
  async function resolve({ registration, person }: Occasion, refs: readonly ApproverRef[]): Promise<readonly string[]> {
    const { realm, userId, email } = registration;
    const found = await Promise.all(
      refs.map(async (ref) => ('email' in ref ? [ref.email] : membersOf(realm, ref, userId))),
    );
    const own = [email, person?.address ?? null];
    const others = found.flat().filter((address) => !own.some((mail) => isAddressOf(address, { email: mail })));
    return [...new Set(others.map((address) => address.toLowerCase()))];
  }

  async function enableAgain({
    registration,
    disabledHere,
  }: Pick<Occasion, 'registration' | 'disabledHere'>): Promise<Outcome> {
    if (!(disabledHere ?? (await closings.claimed(registration.eventId)))) {
      return { leftAlone: 'this service did not disable the account, so it does not enable it' };
    }
    const other = await adminEvents.disabledByOther(registration, registration.time);
    if (other !== null) {
      return { leftAlone: `${other.by} disabled the account at ${new Date(other.at).toISOString()}` };
    }
    return accounts.enable(registration);
  }

  /** A job may wait for weeks: it keeps of the person only what its rule will have to look at again. */
  function forLater(occasion: Occasion): Occasion {
    const bare = bareOccasion(occasion);
    const { ip } = occasion.registration;
    return addressMatters() ? { ...bare, registration: { ...bare.registration, ip } } : bare;
  }

  return {
    accounts,
    enableAgain,
    openApproval,
    async tellUser(occasion, message) {
      const mails = toPerson(occasion, message);
      await jobs.add('mail', mails);
      return mails.length > 0 ? 'changed' : 'unchanged';
    },
    async notify(occasion, to, subject) {
      const about = aboutOf(occasion);
      await jobs.add(
        'mail',
        to.map((address): NewJob<'mail'> => {
          const key = digest(`${occasion.key}/notify/${address}`);
          return { id: `notify-${key}`, data: { kind: 'notify', key, to: address, subject, about } };
        }),
      );
      return 'changed';
    },
    async callWebhook(occasion, url) {
      const key = digest(`${occasion.key}/webhook/${url}`);
      await jobs.add('webhooks', [{ id: `call-${key}`, data: { key, url, about: aboutOf(occasion) } }]);
      return 'changed';
    },
    async later(occasion, step, afterMs) {
      const data = { kind: 'delayed-step', occasion: forLater(occasion), step } as const;
      await jobs.add('deadlines', [{ id: `later-${digest(occasion.key)}`, data, delayMs: afterMs }]);
      return 'changed';
    },
  };
}

/**
 * Why an approver gets a mail: at once, because what was waited for has come about, because time passed, or because an
 * earlier vote was taken back, with the time of that.
 */
export type Asking = 'ask' | 'ask-verified' | 'remind' | `again-${number}`;

/** The mail that asks one approver; its id makes it one mail however often it is queued. */
export function askJob(approvalId: string, approver: number, asking: Asking = 'ask'): NewJob<'mail'> {
  return {
    id: `${asking}-${approvalId}-${approver}`,
    data: { kind: 'approval-request', approvalId, approver, reminder: asking === 'remind' },
  };
}

/** The mails that tell operators of a stopped rule, each once. */
export function ruleStoppedJobs(stopped: StoppedRule, limit: number, to: readonly string[]): NewJob<'mail'>[] {
  return to.map((address) => {
    const key = `stopped-${digest(JSON.stringify([stopped, address]))}`;
    return { id: key, data: { kind: 'rule-stopped', key, to: address, stopped, limit } };
  });
}

function toPerson(occasion: Occasion, message: string): NewJob<'mail'>[] {
  if (occasion.person === null) {
    return [];
  }
  const key = digest(`${occasion.key}/${message}`);
  const { realm, userId } = occasion.registration;
  const data: MailJob = {
    kind: 'person',
    key,
    to: occasion.person,
    who: { realm, userId },
    message,
    application: occasion.application,
  };
  return [{ id: `tell-${key}`, data }];
}

function aboutOf({ registration, application, rule }: Occasion): About {
  const { eventId, time, realm, clientId, userId, source } = registration;
  return { eventId, registeredAt: time, realm, clientId, userId, source, application, rule: rule.rule };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
