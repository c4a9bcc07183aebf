import { type Fact, harmless } from '../facts.ts';
import type { Block, Letter } from './letter.ts';

/** The plain text of a letter. */
export function textOf({ blocks, footer }: Letter): string {
  return `${[...blocks.map(inText), ...(footer ? [footer] : [])].join('\n\n')}\n`;
}

function inText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'button':
    case 'link':
      return `${block.label}:\n${block.href}`;
    case 'facts': {
      const title = block.title === undefined ? '' : `${block.title}\n`;
      return title + block.facts.map(harmless).map(inLine).join('\n');
    }
  }
}

function inLine({ label, value }: Fact): string {
  return `  ${label}: ${value}`;
}
