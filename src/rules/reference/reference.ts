import { stringify } from 'yaml';

import { conditions } from '../conditions/index.ts';
import { fileFields, nestings, ruleFields } from '../load/shape.ts';
import { steps } from '../steps/index.ts';

/** All keys of rule files, as Markdown, from the definitions that the loader reads. */
export function reference(): string {
  return [
    '## A file',
    ...table(fileFields),
    '## A rule',
    ...table(ruleFields),
    '## Conditions',
    ...table(nestings),
    ...conditions.flatMap(({ key, title, about, examples }) => [
      `### \`${key}\``,
      `${title}. ${about}`,
      block(examples.map((example) => `${key}: ${stringify(example, flow)}`).join('')),
    ]),
    '## Steps',
    'Every step may be put off: `{ delete-user: { after: 30d } }`, or `after: 30d` beside it.',
    ...steps.flatMap(({ name, about, examples }) => [
      `### \`${name}\``,
      about,
      block(stringify(examples, { lineWidth: 0 })),
    ]),
    '',
  ].join('\n\n');
}

function table(fields: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(fields).map(([key, about]) => `| \`${key}\` | ${about} |`);
  return [['| key | meaning |', '|---|---|', ...rows].join('\n')];
}

const flow = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 } as const;

function block(yaml: string): string {
  return `\`\`\`yaml\n${yaml}\`\`\``;
}
