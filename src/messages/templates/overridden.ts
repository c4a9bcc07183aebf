import type { Block, Letter } from '../mail/letter.ts';

/** What of the built-in mail a template can put somewhere. */
const slotsByName: Readonly<Record<string, (kind: Block['kind']) => boolean>> = {
  text: (kind) => kind === 'text',
  button: (kind) => kind === 'button',
  facts: (kind) => kind === 'facts' || kind === 'quote',
  quote: (kind) => kind === 'quote',
  links: (kind) => kind === 'link',
  people: (kind) => kind !== 'text',
};

/** The letter with the operator's words, where there are some. Its blocks and its footer stay ours. */
export function overridden(letter: Letter): Letter {
  const { blocks, language, template, style } = letter;
  if (template === undefined || style?.templates === undefined) {
    return letter;
  }
  const there = new Map(
    Object.entries(slotsByName).map(([name, isOf]) => [name, blocks.filter(({ kind }) => isOf(kind))]),
  );
  const slots = [...there].flatMap(([name, found]) => (found.length === 0 ? [] : [name]));
  const written = style.templates.write(template.message, language, template.values, slots);
  return written === null
    ? letter
    : {
        ...letter,
        subject: written.subject,
        heading: written.heading,
        blocks: written.parts.flatMap((part): readonly Block[] =>
          'text' in part ? [{ kind: 'text', text: part.text }] : (there.get(part.slot) ?? []),
        ),
      };
}
