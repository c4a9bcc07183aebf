import { allowedFilters, allowedTags } from './engine.ts';
import { type TemplateMessage, templateMessages } from './messages.ts';

/** What templates can name, as Markdown, from the definitions that `check` reads. */
export function templateReference(): string {
  const all = [...templateMessages];
  const rows = all.map(([name, { to, variables, slots }]) => [`\`${name}\``, to, namesIn(variables), namesIn(slots)]);
  return [
    table(['message', 'to', 'variables', 'paragraphs of its own'], rows),
    'What they mean:',
    meanings(all.map(([, message]) => message)),
    `Tags: ${code(allowedTags)}. Filters: ${code(allowedFilters)}.`,
  ].join('\n\n');
}

function namesIn(named: Readonly<Record<string, { readonly optional?: true }>>): string {
  return Object.entries(named)
    .map(([name, { optional }]) => `\`${name}\`${optional === true ? '?' : ''}`)
    .join(', ');
}

/** Each once. What has another meaning in another mail says so. */
function meanings(messages: readonly TemplateMessage[]): string {
  const rows = messages.flatMap(({ variables, slots }) => [
    ...Object.entries(variables).map(([name, { about }]) => [`\`{{ ${name} }}\``, about]),
    ...Object.entries(slots).map(([name, { about }]) => [`\`{{ ${name} }}\``, about]),
  ]);
  const distinct = new Map(rows.map((row) => [row.join(), row]));
  return table(
    ['name', 'meaning'],
    [...distinct.values()].toSorted(([left = ''], [right = '']) => left.localeCompare(right)),
  );
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.toSpliced(1, 0, `|${'---|'.repeat(head.length)}`).join('\n');
}
