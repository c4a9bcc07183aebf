import type { Approval } from '../../approvals/approval.ts';
import type { AskedAs } from '../../jobs/questions.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { headingName } from '../../platform/person-name.ts';
import { isPlainAddress, oneLine } from '../../platform/safe-text.ts';
import type { Translate } from '../i18n/translate.ts';
import type { Values } from '../templates/engine.ts';

/** Why an approver gets a mail about a request. */
export type Asking = AskedAs;

type About = Asking | 'decided';

/** The longest address that a subject has. */
const longestInSubject = 60;

/**
 * The subject of a mail about one request. It has the address, so that no two requests read alike, if that is plain;
 * never a name: whoever registers types it, and a list of mails shows it beside true names and subjects.
 */
export function subjectOf(approval: Approval, user: UserFacts | null, about: About, t: Translate): string {
  const application = applicationOf(approval);
  const who = addressOf(user);
  const subject =
    who === null
      ? t('ask.unnamed', { id: approval.id.slice(0, 6), application })
      : t('ask.subject', { who, application });
  return about === 'ask' ? subject : t(`ask.as-${about}`, { subject });
}

/** An address that can stand in a subject. */
function addressOf(user: UserFacts | null): string | null {
  const { email = null } = user ?? {};
  return email !== null && email.length <= longestInSubject && isPlainAddress(email) ? email : null;
}

/** What templates of operators may say of the person. */
export function aboutPerson(approval: Approval, user: UserFacts | null, t: Translate): Values {
  return {
    application: applicationOf(approval),
    name: (user && headingName(user)) ?? t('ask.somebody'),
    who: addressOf(user) ?? approval.id.slice(0, 6),
    username: user?.username ?? null,
    email: user?.email ?? null,
  };
}

/** The heading names the person, in one short line that can fake no other. */
export function headingOf(approval: Approval, user: UserFacts | null, t: Translate): string {
  const name = (user && headingName(user)) ?? t('ask.somebody');
  return t('ask.subject', { who: name, application: applicationOf(approval) });
}

/** The key of the first mail to an approver about a request, which all later ones follow. */
export function firstKey({ id }: Approval, approver: number): string {
  return `ask-${id}-${approver}`;
}

export function applicationOf({ application }: Pick<Approval, 'application'>): string {
  return oneLine(application, 100);
}
