import type { ChatRef } from '../rules/model.ts';

/**
 * A channel of a chat stands among the approvers of an approval under the address `slack:NAME` or `teams:NAME`. No mail
 * address has a colon. It is one approver: whoever of its members presses first has voted for the channel.
 */
const address = /^(slack|teams):([a-z0-9][a-z0-9_-]{0,63})$/;

const services: Readonly<Record<ChatRef['chat'], string>> = { slack: 'Slack', teams: 'Microsoft Teams' };

/** The channel behind an approver's address; `null`: it is a mail address. */
export function channelOf(approver: string): ChatRef | null {
  const [, chat, channel] = address.exec(approver) ?? [];
  return channel === undefined ? null : { chat: chat as ChatRef['chat'], channel };
}

export function isChat(approver: string): boolean {
  return channelOf(approver) !== null;
}

/** The service's own name, the same in each language. */
export function serviceName({ chat }: ChatRef): string {
  return services[chat];
}
