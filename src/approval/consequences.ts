import { formatSpan, type Language, type Translate } from '../i18n/translate.ts';
import type { Step } from '../rules/model.ts';
import type { Approval } from './approval.ts';

/** What a press of the button will do, in plain words. */
export function consequences(
  approval: Approval,
  verdict: 'approve' | 'reject',
  language: Language,
  t: Translate,
): readonly string[] {
  const steps = verdict === 'approve' ? approval.then.approved : approval.then.rejected;
  const opens = verdict === 'approve' && (approval.hold === 'gate' || approval.heldAccount);
  const tells = !steps.some((step) => step.uses === 'notify-user');
  const lines = [
    ...steps.map((step) => inWords(step, language, t)),
    ...(opens ? [t('then.enable')] : []),
    ...(tells ? [t('then.tell')] : []),
  ];
  return [...new Set(lines)];
}

function inWords(step: Step, language: Language, t: Translate): string {
  const what = t(`then.${step.uses}`, { name: nameOf(step) });
  return step.after === null ? what : t('then.later', { what, time: formatSpan(language, step.after) });
}

function nameOf(step: Step): string {
  switch (step.uses) {
    case 'join-group':
    case 'leave-group':
      return step.with.group;
    case 'grant-role':
    case 'revoke-role':
      return step.with.client === undefined ? step.with.role : `${step.with.client} / ${step.with.role}`;
    case 'set-user-attribute':
      return step.with.name;
    case 'add-required-action':
    case 'remove-required-action':
      return step.with.action;
    default:
      return '';
  }
}
