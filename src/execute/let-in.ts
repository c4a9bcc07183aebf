import type { Approval, StaysDisabled } from '../approvals/approval.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { Effects, Outcome, StepContext } from '../rules/steps/effects.ts';
import { gateAction } from '../rules/steps/gate.ts';

const whyItStays: Readonly<Record<StaysDisabled, string>> = {
  administrator: 'the account stays disabled: somebody else disabled it as well',
  'not-ours': 'the account stays disabled: this service did not disable it',
  rule: 'the account stays disabled: the rule has no step that enables it',
};

/** Ends this service's own hold, and no other: an account that somebody else disabled stays disabled. */
export async function letIn(
  effects: Effects,
  context: StepContext,
  { hold, heldAccount, ...who }: Approval,
  stays: StaysDisabled | null,
): Promise<Outcome> {
  const opened =
    hold === 'gate'
      ? await openGate(effects, who)
      : hold === 'account' && heldAccount
        ? await effects.enableAgain(context)
        : 'unchanged';
  return stays === null || typeof opened !== 'string' ? opened : { leftAlone: whyItStays[stays] };
}

async function openGate({ accounts }: Effects, who: UserRef): Promise<Outcome> {
  const change = await accounts.apply(who, { kind: 'remove-required-action', action: gateAction });
  await accounts.apply(who, { kind: 'set-gate-state', state: null });
  return change;
}
