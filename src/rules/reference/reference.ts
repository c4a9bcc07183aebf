import { stringify } from 'yaml';

import { conditions } from '../conditions/index.ts';
import { mailExample, mailLook } from '../load/mail-look.ts';
import { fileFields, nestings, ruleFields } from '../load/shape.ts';
import { steps } from '../steps/index.ts';
import { type Key, jsonOf, keysOf } from './json-schema.ts';

/** All keys of rule files, as Markdown, from the definitions that the loader reads. */
export function reference(): string {
  return [
    '## A file',
    meanings(fileFields),
    '### `mail`',
    '[docs/mails.md](../docs/mails.md) shows what it looks like.',
    ...tableOf(keysOf(jsonOf(mailLook))),
    block(stringify({ mail: mailExample }, { lineWidth: 0 })),
    '## A rule',
    meanings(ruleFields),
    '## Conditions',
    meanings(nestings),
    ...conditions.flatMap(({ key, title, about, examples, operand }) => [
      `### \`${key}\``,
      paragraph(`${title}. ${about}`),
      ...tableOf(keysOf(jsonOf(operand))),
      block(examples.map((example) => `${key}: ${stringify(example, flow)}`).join('')),
    ]),
    '## Steps',
    'Every step but `refuse-registration` may be delayed: `{ delete-user: { after: 30d } }`, or `after: 30d` beside it.',
    ...steps.flatMap(({ name, about, examples, operand }) => [
      `### \`${name}\``,
      paragraph(about),
      ...(operand === null ? [] : tableOf(keysOf(jsonOf(operand)))),
      block(stringify(examples, { lineWidth: 0 })),
    ]),
    '',
  ].join('\n\n');
}

function meanings(fields: Readonly<Record<string, string>>): string {
  return table(
    ['key', 'meaning'],
    Object.entries(fields).map(([key, about]) => [`\`${key}\``, about]),
  );
}

/** Only for several keys: a single key is clear from the examples. */
function tableOf(keys: readonly Key[]): string[] {
  const rows = keys.map(({ name, about, required, usual }) => [
    `\`${name}\``,
    about,
    required ? 'must be given' : usual === undefined ? '' : `\`${stringify(usual).trim()}\``,
  ]);
  return keys.length > 1 ? [table(['key', 'what', 'default'], rows)] : [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.toSpliced(1, 0, `|${'---|'.repeat(head.length)}`).join('\n');
}

/** In lines of at most 120 characters. */
function paragraph(text: string): string {
  return text.replaceAll(/(.{1,120})(?: |$)/g, '$1\n').trimEnd();
}

const flow = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 } as const;

function block(yaml: string): string {
  return `\`\`\`yaml\n${yaml}\`\`\``;
}
