import type { AdminEvents } from '../approvals/stays-disabled.ts';
import { bareContext } from '../jobs/personal-data.ts';
import type { Effects, Outcome, StepContext } from '../rules/steps/effects.ts';
import { digest, notifyMails, personMails, webhookCall } from './effect-jobs.ts';
import { openApproval, type OpenApprovalDeps } from './open-approval.ts';

export interface EffectsDeps extends OpenApprovalDeps {
  readonly adminEvents: AdminEvents;
  /** Whether the rules look at the IP address of a registration, also when a delayed step is due. */
  readonly addressMatters?: () => boolean;
}

/** The effects of steps, made of accounts, approvals and queues. Mail is only queued here, so it delays no lockout. */
export function createEffects(deps: EffectsDeps): Effects {
  const { accounts, adminEvents, lockouts, jobs, now, addressMatters = () => false } = deps;

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

  /**
   * A job may wait for weeks. It keeps of the person only what its rule will look at again.
   * Also whether this service disabled the account: the mark that says so is gone by then.
   */
  async function forLater(context: StepContext): Promise<StepContext> {
    const { registration } = context;
    const bare = bareContext(context);
    const disabledHere = context.disabledHere ?? (await lockouts.claimed(registration));
    const { ip } = registration;
    return { ...bare, disabledHere, ...(addressMatters() ? { registration: { ...bare.registration, ip } } : {}) };
  }

  return {
    accounts,
    enableAgain,
    openApproval: (context, request) => openApproval(deps, context, request),
    async tellUser(context, message) {
      const mails = personMails(context, message);
      await jobs.add('mail', mails);
      return mails.length > 0 ? 'changed' : 'unchanged';
    },
    async notify(context, to, subject) {
      await jobs.add('mail', notifyMails(context, to, subject));
      return 'changed';
    },
    async callWebhook(context, url) {
      await jobs.add('webhooks', [webhookCall(context, url)]);
      return 'changed';
    },
    async later(context, step, afterMs) {
      const data = { kind: 'delayed-step', context: await forLater(context), step } as const;
      await jobs.add('deadlines', [{ id: `later-${digest(context.key)}`, data, delayMs: afterMs }]);
      return new Date(now() + afterMs).toISOString();
    },
  };
}
