import type { Block, Letter } from '../mail/letter.ts';

/** What of the built-in mail a template can put somewhere, by kind of block. */
const kinds: Readonly<Record<string, readonly Block['kind'][]>> = {
  text: ['text'],
  button: ['button'],
  facts: ['facts', 'quote'],
  links: ['link'],
};

/** The letter with the operator's words, where there are some. Its blocks and its footer stay ours. */
export function overridden(letter: Letter): Letter {
  const { blocks, language, template, style } = letter;
  if (template === undefined || style?.templates === undefined) {
    return letter;
  }
  const there = new Map(
    Object.entries(kinds).map(([name, kind]) => [name, blocks.filter((block) => kind.includes(block.kind))]),
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
