import { formatTime, type Language, type Translate } from '../i18n/translate.ts';
import type { UserFacts } from '../rules/model.ts';
import { oneLine } from '../typed.ts';
import type { Approval } from './approval.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** What an approver has to know: what we know ourselves, and apart from it what the person typed. */
export function factsFor(
  approval: Approval,
  user: UserFacts | null,
  language: Language,
  t: Translate,
): { readonly known: readonly Fact[]; readonly typed: readonly Fact[] } {
  const none = t('fact.none');
  const source = approval.source === 'form' ? t('source.form') : oneLine(approval.source, 60);
  const known = [
    { label: t('fact.application'), value: approval.application },
    { label: t('fact.registered'), value: formatTime(language, approval.registeredAt) },
    { label: t('fact.from'), value: [approval.ip, source].filter(Boolean).join(', ') },
    { label: t('fact.rule'), value: oneLine(approval.rule.rule) },
  ];
  if (user === null) {
    return { known, typed: [] };
  }
  const verified = t(user.emailVerified ? 'fact.verified' : 'fact.unverified');
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ');
  const typed = [
    { label: t('fact.username'), value: oneLine(user.username) || none },
    { label: t('fact.email'), value: user.email === null ? none : `${oneLine(user.email)} (${verified})` },
    { label: t('fact.name'), value: oneLine(name) || none },
  ];
  return { known, typed };
}
