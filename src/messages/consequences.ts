import { formatSpan, type Language, type Translate } from './i18n/translate.ts';
import type { Step } from '../rules/model.ts';
import { labelOf } from '../rules/steps/index.ts';
import type { Approval } from '../approvals/approval.ts';
import { opensAccount } from '../approvals/stays-disabled.ts';

/**
 * What a press of the button will do, in plain words.
 * @param staysDisabled an approval will not enable the account, and tells the person nothing
 */
export function consequences(
  approval: Approval,
  verdict: 'approve' | 'reject',
  language: Language,
  t: Translate,
  staysDisabled = false,
): readonly string[] {
  const all = verdict === 'approve' ? approval.then.approved : approval.then.rejected;
  const stays = staysDisabled && verdict === 'approve';
  const enables = !stays && approval.heldAccount;
  const steps = all.filter(({ uses }) => (uses !== 'enable-user' || enables) && !(stays && uses === 'notify-user'));
  const opens = verdict === 'approve' && !stays && (approval.hold === 'gate' || opensAccount(approval));
  const tells = !stays && !all.some((step) => step.uses === 'notify-user');
  const lines = [
    ...steps.map((step) => inWords(step, language, t)),
    ...(opens ? [t('then.enable')] : []),
    ...(tells ? [t('then.tell')] : []),
  ];
  return [...new Set(lines)];
}

function inWords(step: Step, language: Language, t: Translate): string {
  const what = t(`then.${step.uses}`, { name: labelOf(step) });
  return step.after === null ? what : t('then.later', { what, time: formatSpan(language, step.after) });
}
