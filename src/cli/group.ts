import { type Paint, plain } from '../platform/paint.ts';
import type { Command } from './command.ts';
import { type Row, table } from './help.ts';
import { suggestion } from './parse.ts';

interface Group {
  readonly name: string;
  readonly summary: string;
  /** By the word that follows the name. */
  readonly commands: Readonly<Record<string, Command>>;
}

/** A command that is followed by another word: `vestibule jobs list`. */
export function commandGroup({ name, summary, commands }: Group): Command {
  const words = Object.keys(commands);
  const usage = (paint: Paint): string => {
    const rows = Object.entries(commands).map(([word, { summary: about }]): Row => [word, about]);
    const heads = [paint('bold', 'Usage:'), paint('bold', 'Commands:')];
    return `${heads[0]}\n  vestibule ${name} ${words.join('|')} [OPTIONS]\n\n${heads[1]}\n${table(rows, 12, paint)}`;
  };
  const chosen = (word = ''): Command | undefined => (Object.hasOwn(commands, word) ? commands[word] : undefined);
  return {
    name,
    summary,
    help: (paint, [word] = []) =>
      chosen(word)?.help(paint) ?? `${paint('bold', `vestibule ${name}`)}: ${summary}\n\n${usage(paint)}`,
    async run([word, ...rest], io) {
      const command = chosen(word);
      if (command !== undefined) {
        return command.run(rest, io);
      }
      const paint = io.paint?.stderr ?? plain;
      const fault =
        word === undefined ? `Say what to do: ${words.join(', ')}` : `Unknown word "${word}"${suggestion(word, words)}`;
      io.stderr(`${paint('red', `vestibule ${name}:`)} ${fault}\n\n${usage(paint)}`);
      return 2;
    },
  };
}
