import { unlinked } from '../../platform/safe-text.ts';
import type { ChatMessage, ChatPart } from './message.ts';

/**
 * A message as the webhooks of Microsoft Teams take it, those of Workflows and the older ones: an Adaptive Card 1.4 in a
 * message with attachments (learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).
 *
 * A `TextBlock` reads Markdown, and so do facts. A `RichTextBlock` does not
 * (learn.microsoft.com/adaptive-cards/authoring-cards/text-features), so all texts are such. Programs still make links of
 * what looks like one, so nothing does. A mention needs an entity of the card, and the card has none. Text in
 * `{{DATE(…)}}` would be computed: its braces are taken apart.
 */
export function teamsMessage({ language, summary, heading, parts }: ChatMessage): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    lang: language,
    fallbackText: plain(summary),
    body: [text([{ ...run(heading), size: 'Large', weight: 'Bolder' }]), ...parts.flatMap(inBody)],
    actions: parts.flatMap((part) => (part.kind === 'button' ? [open(part)] : [])),
    msteams: { width: 'Full' },
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { type: 'message', summary: plain(summary), attachments: [attachment] };
}

/** A message of Teams has at most 28 KB. Twenty questions of this length stay below. */
const longest = 300;

function inBody(part: ChatPart): object[] {
  switch (part.kind) {
    case 'text':
      return [text([run(part.text)])];
    case 'facts':
      return part.facts.map(({ label, value }) => text([{ ...run(`${label}: `), isSubtle: true }, run(value)]));
    case 'button':
      return []; // among the actions of the card
    case 'item':
      return [
        { ...text([run(part.text)]), separator: true },
        { type: 'ActionSet', actions: [open(part)] },
      ];
  }
}

function text(inlines: readonly object[]): object {
  return { type: 'RichTextBlock', inlines };
}

function run(words: string): object {
  return { type: 'TextRun', text: plain(words) };
}

function open({ label, href }: { readonly label: string; readonly href: string }): object {
  return { type: 'Action.OpenUrl', title: plain(label), url: href };
}

function plain(words: string): string {
  return unlinked(words, longest).replaceAll(/([{}])(?=\1)/g, '$1 ');
}
