import { createHash } from 'node:crypto';

import { approvalId, ask } from '../approvals/open.ts';
import { askJob } from '../approvals/ask-job.ts';
import type { Approval, ApprovalStore } from '../approvals/approval.ts';
import { isAddressOf } from '../approvals/transitions.ts';
import type { AdminEvents } from '../approvals/stays-disabled.ts';
import { ServiceError } from '../platform/errors.ts';
import type { About, Lockouts, Jobs, MailJob, NewJob } from '../jobs/payloads.ts';
import { bareContext } from '../jobs/personal-data.ts';
import type { Accounts, Effects, StepContext, Outcome } from '../rules/steps/effects.ts';
import { gateAction } from '../rules/steps/gate.ts';
import type { ApprovalRequest, ApproverRef } from '../rules/model.ts';
import type { StoppedRule } from '../jobs/payloads.ts';

/** Somebody to ask. */
interface Approver {
  readonly address: string;
  /** Language tag, where Keycloak has one. */
  readonly locale: string | null;
}

export interface EffectsDeps {
  readonly accounts: Accounts;
  readonly approvals: ApprovalStore;
  readonly jobs: Jobs;
  readonly lockouts: Pick<Lockouts, 'claimed'>;
  readonly adminEvents: AdminEvents;
  /** A group's or role's members, but for one of them. */
  readonly membersOf: (
    realm: string,
    of: { group: string } | { role: string },
    exceptUserId: string,
  ) => Promise<readonly Approver[]>;
  readonly now: () => number;
  /** Whether the rules look at the address that a registration came from, also when a delayed step is due. */
  readonly addressMatters?: () => boolean;
}

/** The effects of steps, made of accounts, approvals and queues. Mail is only queued here, so it cannot delay a door. */
export function createEffects(deps: EffectsDeps): Effects {
  const { accounts, adminEvents, approvals, lockouts, jobs, membersOf, now, addressMatters = () => false } = deps;

  async function openApproval(context: StepContext, request: ApprovalRequest) {
    const known = await approvals.get(approvalId(context));
    if (known !== null && known.state !== 'waiting') {
      // An earlier attempt got this far and the approvers were faster than the next one: to hold the person again now
      // would shut out somebody who was let in.
      return 'unchanged' as const;
    }
    await hold(context, request);
    const approval = known ?? (await open(context, request));
    if (request.hold === 'gate') {
      await accounts.apply(context.registration, { kind: 'set-gate-state', state: 'waiting' });
    }
    // Queued also when it was open already: the attempt that opened it may have died before this line.
    const { id, waitFor, realm, userId } = approval;
    const asking = waitFor === null ? approval.approvers.map((_, approver) => askJob(id, approver)) : [];
    await jobs.add('mail', [...asking, ...toPerson(context, waitingMessage(context, request))]);
    if (waitFor !== null) {
      // Whoever comes by an identity provider may be verified already, and no event will say so.
      await jobs.add('deadlines', [{ id: `look-${id}`, data: { kind: 'email-verified', realm, userId } }]);
    }
    return known === null ? ('changed' as const) : ('unchanged' as const);
  }

  async function open(context: StepContext, request: ApprovalRequest): Promise<Approval> {
    const found = await resolve(context, request.approvers);
    if (found.length === 0) {
      throw new ServiceError(
        'NOBODY_TO_ASK',
        'nobody but the person who registered could be asked, or no approver has a mail address',
        {
          file: context.rule.file,
          line: context.rule.line,
          rule: context.rule.rule,
        },
      );
    }
    const approvers = [...new Set(found.map(({ address }) => address))];
    const locales = new Map(found.flatMap(({ address, locale }) => (locale === null ? [] : [[address, locale]])));
    const disabledHere = await lockouts.claimed(context.registration);
    const approval = ask({ context, request, approvers, locales, disabledHere, now: now() });
    await approvals.open(approval);
    return approval;
  }

  async function hold({ registration }: StepContext, { hold }: ApprovalRequest): Promise<void> {
    if (hold === 'account') {
      await accounts.apply(registration, { kind: 'disable' });
    } else if (hold === 'gate') {
      await accounts.apply(registration, { kind: 'add-required-action', action: gateAction });
      // Also when the action was there: the provider's gate leaves no session to end, but an earlier attempt of ours whose
      // answer was lost does.
      await accounts.apply(registration, { kind: 'log-out' });
    }
  }

  /** Default groups and an identity provider's mappers can make the person one of the approvers: they are not asked. */
  async function resolve(
    { registration, person }: StepContext,
    refs: readonly ApproverRef[],
  ): Promise<readonly Approver[]> {
    const { realm, userId, email } = registration;
    const found = await Promise.all(
      refs.map(async (ref) =>
        'email' in ref ? [{ address: ref.email, locale: null }] : membersOf(realm, ref, userId),
      ),
    );
    const own = [email, person?.address ?? null];
    return found
      .flat()
      .filter(({ address }) => !own.some((mail) => isAddressOf(address, { email: mail })))
      .map(({ address, locale }) => ({ address: address.toLowerCase(), locale }));
  }

  async function enableAgain({
    registration,
    disabledHere,
  }: Pick<StepContext, 'registration' | 'disabledHere'>): Promise<Outcome> {
    if (!(disabledHere ?? (await lockouts.claimed(registration)))) {
      return { leftAlone: 'this service did not disable the account, so it does not enable it' };
    }
    const other = await adminEvents.disabledByOther(registration, registration.time);
    if (other !== null) {
      return { leftAlone: `${other.by} disabled the account at ${new Date(other.at).toISOString()}` };
    }
    return accounts.apply(registration, { kind: 'enable' });
  }

  /** A job may wait for weeks: it keeps of the person only what its rule will have to look at again. */
  function forLater(context: StepContext): StepContext {
    const bare = bareContext(context);
    const { ip } = context.registration;
    return addressMatters() ? { ...bare, registration: { ...bare.registration, ip } } : bare;
  }

  return {
    accounts,
    enableAgain,
    openApproval,
    async tellUser(context, message) {
      const mails = toPerson(context, message);
      await jobs.add('mail', mails);
      return mails.length > 0 ? 'changed' : 'unchanged';
    },
    async notify(context, to, subject) {
      const about = aboutOf(context);
      await jobs.add(
        'mail',
        to.map((address): NewJob<'mail'> => {
          const key = digest(`${context.key}/notify/${address}`);
          return { id: `notify-${key}`, data: { kind: 'notify', key, to: address, subject, about } };
        }),
      );
      return 'changed';
    },
    async callWebhook(context, url) {
      const key = digest(`${context.key}/webhook/${url}`);
      await jobs.add('webhooks', [{ id: `call-${key}`, data: { key, url, about: aboutOf(context) } }]);
      return 'changed';
    },
    async later(context, step, afterMs) {
      const data = { kind: 'delayed-step', context: forLater(context), step } as const;
      await jobs.add('deadlines', [{ id: `later-${digest(context.key)}`, data, delayMs: afterMs }]);
      return new Date(now() + afterMs).toISOString();
    },
  };
}

/** The mails that tell operators of a stopped rule, each once. */
export function ruleStoppedJobs(stopped: StoppedRule, limit: number, to: readonly string[]): NewJob<'mail'>[] {
  return to.map((address) => {
    const key = `stopped-${digest(JSON.stringify([stopped, address]))}`;
    return { id: key, data: { kind: 'rule-stopped', key, to: address, stopped, limit } };
  });
}

/** Asks for what is left to do, where a link of Keycloak's leads anywhere: a disabled account can confirm no address. */
function waitingMessage({ person }: StepContext, { hold }: ApprovalRequest): string {
  if (person?.toVerify === true && hold !== 'account') {
    return 'verify';
  }
  return hold === 'none' ? 'pending-open' : 'pending';
}

function toPerson(context: StepContext, message: string): NewJob<'mail'>[] {
  if (context.person === null) {
    return [];
  }
  const key = digest(`${context.key}/${message}`);
  const { person: to, application, fate } = context;
  const { realm, clientId, userId, eventId } = context.registration;
  const data: MailJob = {
    kind: 'person',
    key,
    to,
    who: { realm, clientId, userId, eventId },
    message,
    application,
    ...(fate === undefined ? {} : { fate }),
  };
  return [{ id: `tell-${key}`, data }];
}

function aboutOf({ registration, application, rule }: StepContext): About {
  const { eventId, time, realm, clientId, userId, source } = registration;
  return { eventId, registeredAt: time, realm, clientId, userId, source, application, rule: rule.rule };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
