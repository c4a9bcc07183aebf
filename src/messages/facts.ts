import { formatTime, type Language, scriptName, type Translate } from './i18n/translate.ts';
import type { UserFacts } from '../ingest/user.ts';
import { fullName } from '../platform/person-name.ts';
import { defanged, ipAddress, mixedScripts, oneLine } from '../platform/safe-text.ts';
import type { Approval } from '../approvals/approval.ts';
import type { Recent } from '../approvals/recent.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Made of our own words and figures: nothing in it that a mail program could make a link of. */
  readonly ours?: boolean;
  /** A warning: it comes before anything that a reader could press. */
  readonly careful?: true;
}

export interface ApprovalFacts {
  /** What we know ourselves. */
  readonly known: readonly Fact[];
  /** What the person typed. */
  readonly typed: readonly Fact[];
  /** Why the person wants to join, in their own words; `null` where the rule names no attribute for it. */
  readonly reason: Fact | null;
}

/** The most characters of a reason that are shown. */
const longestReason = 500;

/**
 * What an approver has to know: what we know ourselves, and apart from it what the person typed.
 * @param user `null`: Keycloak could not be asked, so that nothing of the person is told
 * @param zone of the reader
 */
export function factsFor(
  approval: Approval,
  user: UserFacts | null,
  recent: Recent,
  language: Language,
  t: Translate,
  zone?: string,
): ApprovalFacts {
  const none = t('fact.none');
  const source = approval.source === 'form' ? t('source.form') : oneLine(approval.source, 60);
  const known: Fact[] = [
    { label: t('fact.application'), value: oneLine(approval.application) },
    { label: t('fact.registered'), value: formatTime(language, approval.registeredAt, zone), ours: true },
    ...fromWhere(approval, recent, t),
    { label: t('fact.source'), value: source },
    { label: t('fact.rule'), value: t('fact.rule.named', { rule: oneLine(approval.rule.rule) }) },
  ];
  if (user === null) {
    return { known, typed: [], reason: null };
  }
  const shown = (approval.show ?? [])
    .filter((attribute) => attribute !== approval.reason)
    .map((attribute) => ({ label: oneLine(attribute, 60), text: attributeOf(user, attribute) }));
  const name = fullName(user);
  const typed = [
    { label: t('fact.name'), value: oneLine(name) || none },
    {
      label: t(user.email === null ? 'fact.email' : user.emailVerified ? 'fact.email.verified' : 'fact.email.stated'),
      value: user.email === null ? none : oneLine(user.email),
    },
    { label: t('fact.username'), value: oneLine(user.username) || none },
    ...shown.map(({ label, text }) => ({ label, value: oneLine(text) || none })),
  ];
  const reason =
    approval.reason === undefined
      ? null
      : { label: t('fact.reason'), value: oneLine(attributeOf(user, approval.reason), longestReason) || none };
  const looked = [
    { what: t('fact.username'), text: user.username },
    { what: t('fact.email'), text: user.email ?? '' },
    { what: t('fact.name'), text: name },
    ...shown.map(({ label, text }) => ({ what: label, text })),
  ];
  const careful = looked.flatMap(({ what, text }): Fact[] => {
    const scripts = mixedScripts(text).map((code) => scriptName(language, code));
    const value = t('fact.mixed', { what, scripts: new Intl.ListFormat(language).format(scripts) });
    return scripts.length === 0 ? [] : [{ label: t('fact.careful'), value, ours: true, careful: true }];
  });
  return { known: [...careful, ...known], typed, reason };
}

/** Where the registration came from, and how many others did. */
function fromWhere(approval: Approval, { fromAddress }: Recent, t: Translate): readonly Fact[] {
  const ip = approval.ip === null ? null : ipAddress(approval.ip);
  if (ip === null) {
    return [];
  }
  const others = Math.max((fromAddress ?? 0) - 1, 0);
  const value =
    fromAddress === null ? ip : others === 0 ? t('fact.from.only', { ip }) : t('fact.from.more', { ip, count: others });
  return [{ label: t('fact.from'), value, ours: true }];
}

/** All values of an attribute; empty where the person has none, or the user profile has no such attribute. */
function attributeOf({ attributes }: UserFacts, name: string): string {
  // A rule may ask for an attribute named "constructor".
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []).join(', ') : '';
}

/** As a mail may show it: nothing that a mail program could make a link of. */
export function harmless({ label, value, ours = false }: Fact): Fact {
  // The name of an attribute, which stands as a label, may look like an address: "company.name".
  return { label: defanged(label), value: ours ? value : harmlessQuote(value) };
}

/** Somebody's own words, as a mail may show them. */
export function harmlessQuote(text: string): string {
  return defanged(text, longestReason);
}
