import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import LinkifyIt from 'linkify-it';

import { ask } from '../../src/approvals/open.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { chatDecided } from '../../src/messages/chat/decided.ts';
import type { ChatMessage } from '../../src/messages/chat/message.ts';
import { chatDigest, type ChatQuestion, chatQuestion } from '../../src/messages/chat/question.ts';
import { slackMessage } from '../../src/messages/chat/slack.ts';
import { teamsMessage } from '../../src/messages/chat/teams.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { tryAll, tryGenerated } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings } from './support/corpora.ts';

const link = `https://vestibule.acme.com/approvals/k.${'t'.repeat(74)}`;
const channel = 'slack:partners';
const approval = ask({ context, request: requestOf(), approvers: [channel], now: registeredAt });
const ordinary: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: false,
  createdAt: 0,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};
const question = (user: UserFacts): ChatQuestion => ({
  approval,
  user,
  approver: 0,
  to: channel,
  reminder: false,
  asking: 'ask',
  key: 'ask-1',
  link,
  zone: 'UTC',
});
const decided = (user: UserFacts): ChatMessage => {
  const vote = { approver: 'desk@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null } as const;
  const closed = { ...approval, state: 'approved', votes: [vote], decidedAt: registeredAt } as const;
  return chatDecided({ approval: closed, user, approver: 0, to: channel }, 'UTC');
};
const messages: Readonly<Record<string, (user: UserFacts) => ChatMessage>> = {
  question: (user) => chatQuestion(question(user)),
  reminder: (user) => chatQuestion({ ...question(user), reminder: true, asking: 'remind' }),
  digest: (user) => chatDigest([question(user), question(ordinary), question(user)]),
  decided,
};

/** What people type who want to be more than text. */
const chatTexts: readonly (readonly [name: string, text: string])[] = Object.entries({
  'all of a channel': '<!channel> <!here> <!everyone>',
  'a person': '<@U024BE7LH> @channel @here @everyone',
  'a group': '<!subteam^SAZ94GDB8>',
  'a link of Slack': '<https://evil.test|Approve>',
  'a date of Slack': '<!date^1392734382^{date}^https://evil.test|Approve>',
  'an escaped link': '&lt;https://evil.test|Approve&gt;',
  'a link of Markdown': '[Approve](https://evil.test)',
  'a link of Markdown that our own dots would make': 'x.(javascript:alert(1))',
  'a reference': '[a][b] [b]: https://evil.test',
  'an image': '![x](https://evil.test/x.png)',
  'bold, struck and code': '*bold* _italic_ ~struck~ `code` ```block```',
  'a quote, a list and a heading': '> quote\n- item\n1. one\n# heading',
  'a table': '| a | b |\n|---|---|',
  'a mention of Teams': '<at>Everyone</at>',
  'markup of Teams': '<b>bold</b><a href="https://evil.test">Approve</a>',
  'a date of a card': '{{DATE(2026-11-26T00:00:00Z, SHORT)}}{{TIME(2026-11-26T00:00:00Z)}}',
  'a template of a card': '${$root.secret} {{{x}}}',
  'pictures by name': ':white_check_mark: :tada::skin-tone-2: :+1:',
  'a tick': '✅ approved by desk@acme.com',
  'an address': 'evil@evil.test',
  'bare names': 'evil.test www.evil.test evil。test evil．test evil․test 10.0.0.1 //evil.test',
  schemes: 'mailto:a@evil.test tel:+49 slack://channel msteams:/l/chat javascript:alert(1)',
  'a number of a phone and a channel': '+49 30 1234567 #general',
  'a long one': '<&>'.repeat(1_000),
}).map(([name, text]) => [name, text]);

const linkify = new LinkifyIt({}, { fuzzyIP: true, fuzzyLink: true, fuzzyEmail: true });
const harmful = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u200b]/u;

interface Node {
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** All objects of a message, as its receiver reads them. */
function nodes(message: object): readonly Node[] {
  const found: Node[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      if (!Array.isArray(value)) {
        found.push({ path, value: value as Node['value'] });
      }
      Object.entries(value).forEach(([key, inner]) => walk(inner, `${path}/${key}`));
    }
  };
  walk(JSON.parse(JSON.stringify(message)), '');
  return found;
}

type Check = readonly [good: boolean, fault: string];
const failed = (checks: readonly Check[]): string[] => checks.flatMap(([good, fault]) => (good ? [] : [fault]));

const urlsIn = (all: readonly Node[]): string =>
  [...new Set(all.flatMap(({ value }) => (typeof value['url'] === 'string' ? [value['url']] : [])))].join(' ');
const textsIn = (all: readonly Node[]): string[] =>
  all.flatMap(({ value }) =>
    ['text', 'title', 'summary', 'fallbackText']
      .map((key) => value[key])
      .filter((text): text is string => typeof text === 'string'),
  );
const decoded = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function linkFaults(text: string): string[] {
  return failed([
    [!harmful.test(text), `control characters: ${text}`],
    // It needs one of these to find anything, and is slow.
    [!/[.:@/]/.test(text) || !linkify.test(text), `a link: ${text}`],
  ]);
}

/** Slack: `text` of the whole message is ours; all else is plain text without pictures, escaped, and not too long. */
function slackFaults(message: object, plain: object): string[] {
  const [all, ordinaryOnes] = [nodes(message), nodes(plain)];
  const top = all[0]?.value ?? {};
  const objects = all.flatMap(({ path, value }) =>
    failed([
      [slackTypes.has(value['type']), `a ${String(value['type'])} at ${path}`],
      [
        path === '' ||
          typeof value['text'] !== 'string' ||
          (value['type'] === 'plain_text' && value['emoji'] === false),
        `text with markup at ${path}`,
      ],
      [longestOf(value) <= (slackLimits[String(value['type'])] ?? 3_000), `too long: ${path}`],
    ]),
  );
  const texts = textsIn(all).flatMap((text) => [
    ...failed([
      [!/[<>]|&(?!(?:lt|gt|amp);)/.test(text), `not escaped: ${text}`],
      [!/:[^\s:]+:/u.test(text), `a picture: ${text}`],
    ]),
    ...linkFaults(decoded(text)),
  ]);
  return [
    ...objects,
    ...texts,
    ...failed([
      [top['text'] === ordinaryOnes[0]?.value['text'], 'somebody typed in the notification'],
      [[top['unfurl_links'], top['unfurl_media'], top['mrkdwn']].every((on) => on === false), 'previews or markup'],
      [urlsIn(all) === urlsIn(ordinaryOnes), `other addresses: ${urlsIn(all)}`],
    ]),
  ];
}

const slackTypes = new Set<unknown>(['header', 'section', 'actions', 'button', 'plain_text', undefined]);
const slackLimits: Readonly<Record<string, number>> = { header: 150, button: 75 };
const longestOf = ({ text }: Node['value']): number =>
  typeof text === 'object' && text !== null ? String((text as Node['value'])['text']).length : 0;

/** Teams: no element that reads Markdown, no entities, nothing that is computed. */
function teamsFaults(message: object, plain: object): string[] {
  const [all, ordinaryOnes] = [nodes(message), nodes(plain)];
  const oursIn = (found: readonly Node[]) =>
    JSON.stringify(
      found.map(({ value }) => [value['summary'], value['fallbackText']]).filter((ours) => ours.some(Boolean)),
    );
  return [
    ...all.flatMap(({ path, value }) =>
      failed([
        [teamsTypes.has(value['type']), `a ${String(value['type'])} at ${path}`],
        [!('entities' in value), `mentions at ${path}`],
      ]),
    ),
    ...textsIn(all).flatMap((text) => [
      ...failed([[!/\{\{|\}\}/.test(text), `computed: ${text}`]]),
      ...linkFaults(text),
    ]),
    ...failed([
      [oursIn(all) === oursIn(ordinaryOnes), 'somebody typed in the notification'],
      [urlsIn(all) === urlsIn(ordinaryOnes), `other addresses: ${urlsIn(all)}`],
    ]),
  ];
}

const teamsTypes = new Set<unknown>([
  'message',
  'AdaptiveCard',
  'RichTextBlock',
  'TextRun',
  'ActionSet',
  'Action.OpenUrl',
  undefined,
]);

const fields = ['username', 'email', 'firstName', 'lastName'] as const;

function* people(all: readonly (readonly [string, string])[]): Generator<readonly [string, UserFacts]> {
  for (const [name, text] of all) {
    for (const field of fields) {
      yield [`${field}: ${name}`, { ...ordinary, [field]: text }];
    }
  }
}

function harmlessness(make: (user: UserFacts) => ChatMessage): (user: UserFacts) => void {
  const [slack, teams] = [slackMessage(make(ordinary)), teamsMessage(make(ordinary))];
  return (user) => {
    const message = make(user);
    const faults = [...slackFaults(slackMessage(message), slack), ...teamsFaults(teamsMessage(message), teams)];
    if (faults.length > 0) {
      throw new Error(faults.join('; '));
    }
  };
}

describe.each(Object.entries(messages))('bad input D: a message to a channel (%s)', (_name, make) => {
  const holds = harmlessness(make);

  it('holds what a person typed as text: no mention, no link, no markup', () =>
    tryAll('D', people([...chatTexts, ...hostileTexts, ...naughtyStrings, ...formulas]), holds));

  it('does so whatever the parts are put together', () => {
    const signs = ['<', '>', '&', '!', '@', '|', '[', ']', '(', ')', '*', '_', '`', ':', '/', '//', '.', '{', '}'];
    const others = ['lt;', '#', '^', '\\', ' ', '\n', '。', '\u200b', '1', '-'];
    const words = ['U1', 'channel', 'https', 'mailto', 'evil', 'test', 'com'];
    const parts = fc.constantFrom(...signs, ...others, ...words);
    const typed = fc.array(parts, { maxLength: 24 }).map((all) => all.join(''));
    const someone = fc.record({ username: typed, email: typed, firstName: typed, lastName: typed });
    return tryGenerated('D', someone, (given) => holds({ ...ordinary, ...given }), 300);
  });
});

describe('messages of the greatest length', () => {
  it('stay within what Slack and Teams take', () => {
    const long: UserFacts = {
      ...ordinary,
      firstName: '&'.repeat(500),
      lastName: 'x'.repeat(500),
      email: `${'e'.repeat(64)}@${'d'.repeat(190)}.test`,
    };
    const application = 'A'.repeat(500);
    const all = Array.from({ length: 20 }, () => {
      const asked = question(long);
      return { ...asked, approval: { ...asked.approval, application } };
    });
    const teams = JSON.stringify(teamsMessage(chatDigest(all)));
    expect(Buffer.byteLength(teams)).toBeLessThan(28 * 1_024);
    const slack = slackMessage(chatDigest(all)) as { blocks: { text: { text: string } }[] };
    expect(slack.blocks).toHaveLength(21);
    expect(Math.max(...slack.blocks.map(({ text }) => text.text.length))).toBeLessThanOrEqual(3_000);
  });
});
