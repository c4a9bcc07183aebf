import { unlinked } from '../../platform/safe-text.ts';
import type { ChatMessage, ChatPart } from './message.ts';

/**
 * A message as Slack's incoming webhooks take it.
 *
 * All that people could have typed stands in text objects of the type `plain_text`. Slack reads no markup in them: no
 * bold, no `<!channel>`, no `<https://…|text>` (docs.slack.dev/reference/block-kit/composition-objects/text-object). Its
 * programs still make links of what looks like one, so nothing does. `&`, `<` and `>` are escaped as in every text
 * (docs.slack.dev/messaging/formatting-message-text). The top-level `text` is for notifications, and ours alone.
 */
export function slackMessage({ summary, heading, parts }: ChatMessage): object {
  const blocks = [{ type: 'header', text: plain(heading, longest.header) }, ...parts.flatMap(inBlocks)];
  return {
    text: escaped(unlinked(summary, longest.text)),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: blocks.slice(0, longest.blocks),
  };
}

/**
 * Slack's limits, in characters and in blocks a message (docs.slack.dev/reference/block-kit/blocks). An escaped
 * character counts as it is written, and an ellipsis is one more.
 */
const longest = { header: 149, text: 600, field: 390, label: 74, blocks: 50, fields: 10 } as const;

function inBlocks(part: ChatPart): object[] {
  switch (part.kind) {
    case 'text':
      return [{ type: 'section', text: plain(part.text, longest.text) }];
    case 'facts': {
      const texts = part.facts.map(({ label, value }) => plain(`${label}: ${value}`, longest.field));
      return [{ type: 'section', fields: texts.slice(0, longest.fields) }];
    }
    case 'button':
      return [{ type: 'actions', elements: [button(part)] }];
    case 'item':
      return [{ type: 'section', text: plain(part.text, longest.text), accessory: button(part) }];
  }
}

function button({ label, href }: { readonly label: string; readonly href: string }): object {
  return { type: 'button', text: plain(label, longest.label), url: href };
}

function plain(text: string, most: number): object {
  return { type: 'plain_text', text: shortEscaped(withoutCodes(unlinked(text, most)), most), emoji: false };
}

/** `:tada:` would be a picture: a tick that somebody typed must not look like one of ours. */
function withoutCodes(text: string): string {
  return text.replaceAll(/:(?=[^\s:]+:)/gu, ': ');
}

/** Escaped, and not longer than that. Never cut in the middle of an escape. */
function shortEscaped(text: string, most: number): string {
  let short = '';
  for (const character of text) {
    const next = escaped(character);
    if (short.length + next.length > most) {
      return `${short}…`;
    }
    short += next;
  }
  return short;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
