import { formatTime, type Language, scriptName, type Translate } from './i18n/translate.ts';
import type { UserFacts } from '../ingest/user.ts';
import { defanged, ipAddress, mixedScripts, oneLine } from '../platform/safe-text.ts';
import type { Approval } from '../approvals/approval.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Made of our own words and figures: nothing in it that a mail program could make a link of. */
  readonly ours?: boolean;
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
  const ip = approval.ip === null ? null : ipAddress(approval.ip);
  const known: Fact[] = [
    { label: t('fact.application'), value: approval.application },
    { label: t('fact.registered'), value: formatTime(language, approval.registeredAt), ours: true },
    ...(ip === null ? [] : [{ label: t('fact.from'), value: ip, ours: true }]),
    { label: t('fact.source'), value: source },
    { label: t('fact.rule'), value: oneLine(approval.rule.rule) },
  ];
  if (user === null) {
    return { known, typed: [] };
  }
  const verified = t(user.emailVerified ? 'fact.verified' : 'fact.unverified');
  const shown = (approval.show ?? []).map((attribute) => ({
    label: oneLine(attribute, 60),
    text: attributeOf(user, attribute),
  }));
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ');
  const typed = [
    { label: t('fact.username'), value: oneLine(user.username) || none },
    { label: t('fact.email'), value: user.email === null ? none : `${oneLine(user.email)} (${verified})` },
    { label: t('fact.name'), value: oneLine(name) || none },
    ...shown.map(({ label, text }) => ({ label, value: oneLine(text) || none })),
  ];
  const looked = [
    { what: t('fact.username'), text: user.username },
    { what: t('fact.email'), text: user.email ?? '' },
    { what: t('fact.name'), text: name },
    ...shown.map(({ label, text }) => ({ what: label, text })),
  ];
  const careful = looked.flatMap(({ what, text }): Fact[] => {
    const scripts = mixedScripts(text).map((code) => scriptName(language, code));
    const value = t('fact.mixed', { what, scripts: new Intl.ListFormat(language).format(scripts) });
    return scripts.length === 0 ? [] : [{ label: t('fact.careful'), value, ours: true }];
  });
  return { known: [...careful, ...known], typed };
}

/** All values of an attribute; empty where the person has none, or the user profile has no such attribute. */
function attributeOf({ attributes }: UserFacts, name: string): string {
  // A rule may ask for an attribute named "constructor".
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []).join(', ') : '';
}

/** As a mail may show it: nothing that a mail program could make a link of. */
export function harmless({ label, value, ours = false }: Fact): Fact {
  // The name of an attribute, which stands as a label, may look like an address: "company.name".
  return { label: defanged(label), value: ours ? value : defanged(value) };
}
