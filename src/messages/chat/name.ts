import { channelOf, serviceName } from '../../approvals/chat-approver.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { oneLine } from '../../platform/safe-text.ts';
import type { Translate } from '../i18n/translate.ts';

const longest = 60;

/** An approver as people read them: a mail address, or "Slack channel partners". */
export function approverInWords(approver: string, t: Translate): string {
  const channel = channelOf(approver);
  return channel === null ? approver : t('chat.channel', { service: serviceName(channel), channel: channel.channel });
}

/** What to call a person in a heading: as they call themselves, or by their user name. */
export function nameOf(user: Pick<UserFacts, 'firstName' | 'lastName' | 'username'> | null, t: Translate): string {
  const name = oneLine([user?.firstName, user?.lastName].filter(Boolean).join(' '), longest);
  return name || oneLine(user?.username ?? '', longest) || t('chat.person');
}
