import { formatSpan, formatTime, type Language, type Translate } from './i18n/translate.ts';
import type { StepName } from '../rules/model.ts';
import { labelOf } from '../rules/steps/index.ts';
import type { Approval } from '../approvals/approval.ts';
import { opensAccount } from '../approvals/stays-disabled.ts';
import { stepsAfter } from '../approvals/steps-after.ts';

/** What follows an outcome: a step of the rule, or what needs no step. */
interface FollowUp {
  readonly what: StepName | 'enable' | 'tell';
  readonly name: string;
  /** Milliseconds after the decision; `null`: at once. */
  readonly after: number | null;
}

/**
 * What a press of the button will do, in plain words.
 * @param staysDisabled an approval will not enable the account, and tells the person nothing
 * @param person by name, if the reader may read it; `{person}` to fill it in later
 */
export function consequences(
  approval: Approval,
  verdict: 'approve' | 'reject',
  language: Language,
  t: Translate,
  staysDisabled = false,
  person = t('then.person'),
): readonly string[] {
  const lines = followUps(approval, verdict === 'approve' ? 'approved' : 'rejected', staysDisabled).map((followUp) =>
    willBe(followUp, language, t, person),
  );
  return [...new Set(lines)];
}

/**
 * What was done after the outcome of a settled approval, in plain words.
 * @param person by name, if the reader may read it; `{person}` to fill it in later
 * @param zone of the reader
 */
export function whatWasDone(
  approval: Approval,
  language: Language,
  t: Translate,
  person = t('then.person'),
  zone?: string,
): readonly string[] {
  const { state, decidedAt, staysDisabled } = approval;
  const lines = followUps(approval, state, staysDisabled !== undefined).map(({ what, name, after }) =>
    after === null
      ? t(`done.${what}`, { person, name })
      : t('done.later', {
          date: formatTime(language, (decidedAt ?? approval.expiresAt) + after, zone),
          what: t(`then.${what}`, { person, name }),
        }),
  );
  return [...new Set(lines)];
}

function followUps(approval: Approval, outcome: Approval['state'], staysDisabled: boolean): readonly FollowUp[] {
  const { leftOut = [] } = approval;
  const all = stepsAfter({ state: outcome, then: approval.then }).filter((_step, number) => !leftOut.includes(number));
  const stays = staysDisabled && outcome === 'approved';
  const enables = !stays && approval.heldAccount;
  const steps = all.filter(({ uses }) => (uses !== 'enable-user' || enables) && !(stays && uses === 'notify-user'));
  const opens = outcome === 'approved' && !stays && (approval.hold === 'gate' || opensAccount(approval));
  const tells = !stays && !all.some((step) => step.uses === 'notify-user');
  return [
    ...(opens ? [{ what: 'enable', name: '', after: null } as const] : []),
    ...steps.map((step) => ({ what: step.uses, name: labelOf(step), after: step.after })),
    ...(tells ? [{ what: 'tell', name: '', after: null } as const] : []),
  ];
}

function willBe({ what, name, after }: FollowUp, language: Language, t: Translate, person: string): string {
  const atOnce = what === 'delete-user' && after === null;
  const text = t(atOnce ? 'then.delete-user.now' : `then.${what}`, { person, name });
  return after === null ? text : t('then.later', { what: text, time: formatSpan(language, after) });
}
