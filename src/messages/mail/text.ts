import { type Fact, harmless, harmlessQuote } from '../facts.ts';
import type { Block, Letter } from './letter.ts';

/** The plain text of a letter. A heading that is the subject stands above it in every mail program. */
export function textOf({ heading, blocks, footer }: Letter): string {
  return `${[...(heading === undefined ? [] : [heading]), ...blocks.map(inText), ...(footer ? [`-- \n${footer}`] : [])].join('\n\n')}\n`;
}

function inText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'title':
      return `* ${block.text}`;
    case 'button':
    case 'link':
      return `${block.label}:\n${block.href}`;
    case 'facts': {
      const title = block.title === undefined ? '' : `${block.title}\n`;
      return title + block.facts.map(harmless).map(inLine).join('\n');
    }
    case 'quote':
      return `${block.title}\n  > ${harmlessQuote(block.text)}`;
  }
}

function inLine({ label, value }: Fact): string {
  return `  ${label}: ${value}`;
}
