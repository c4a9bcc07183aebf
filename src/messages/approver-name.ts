import { channelOf } from '../approvals/chat-approver.ts';
import type { Translate } from './i18n/translate.ts';

/** An approver as people call them, wherever they read it: a mail address, or "Slack channel partners". */
export function approverName(approver: string, t: Translate): string {
  const channel = channelOf(approver);
  return channel === null ? approver : t(`channel.${channel.chat}`, { name: channel.channel });
}
