import type { Approval, StaysDisabled } from '../approvals/approval.ts';
import type { Effects, Outcome, StepContext } from '../rules/steps/effects.ts';

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
  // Under `hold: account` as well: a rule file can hold at the gate whoever registers.
  const gate = hold === 'none' ? 'unchanged' : await effects.accounts.apply(who, { kind: 'open-gate' });
  const opened = hold === 'account' && heldAccount ? await effects.enableAgain(context) : gate;
  return stays === null || typeof opened !== 'string' ? opened : { leftAlone: whyItStays[stays] };
}
