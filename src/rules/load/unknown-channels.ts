import { channelsNamed } from '../decide/channels-named.ts';
import type { RuleBook } from '../model.ts';
import type { Problem } from './problem.ts';

/** Rules that ask a channel which no setting knows. @param known by channel, such as `slack:partners` */
export function unknownChannels(
  book: RuleBook,
  known: { has(channel: string): boolean },
  severity: Problem['severity'] = 'error',
): Problem[] {
  return channelsNamed(book)
    .filter(({ channel }) => !known.has(channel))
    .map(({ rule: { file, line, name }, channel }) => ({
      file,
      line,
      col: 1,
      severity,
      message: `"${name}" asks the channel ${channel}, and CHAT_WEBHOOKS has none of that name`,
      remedy: 'add its webhook to the setting and start again, or take the channel out',
    }));
}
