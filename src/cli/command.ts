import { type Paint, plain } from '../platform/paint.ts';
import { type Described, helpOf, usageOf } from './help.ts';
import { type Given, type Options, parse, UsageError } from './parse.ts';

/** What a command sees of its surroundings, so that tests need none. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of the standard input. */
  stdin(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks the person at the terminal for a yes or no. Absent: there is no terminal. */
  readonly agreed?: (question: string) => Promise<boolean>;
  /** How each output shows colours. Absent: not at all. */
  readonly paint?: { readonly stdout: Paint; readonly stderr: Paint };
}

/** One definition: the parser, the usage and the help are made from it. */
export interface Definition<Specs extends Options> extends Described {
  readonly options: Specs;
  /**
   * @returns the exit code: 0 good, 1 problems found, 2 could not run
   * @throws UsageError
   */
  run(given: Given<Specs>, io: Io): Promise<number>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** @param rest the words after the name of the command */
  help(paint: Paint, rest?: readonly string[]): string;
  run(argv: readonly string[], io: Io): Promise<number>;
}

export function command<const Specs extends Options>(definition: Definition<Specs>): Command {
  const { name, summary, argument, options } = definition;
  return {
    name,
    summary,
    help: (paint) => helpOf(definition, paint),
    async run(argv, io) {
      try {
        return await definition.run(parse(argv, options, argument !== undefined), io);
      } catch (error) {
        if (!(error instanceof UsageError)) {
          throw error;
        }
        const paint = io.paint?.stderr ?? plain;
        io.stderr(`${paint('red', `vestibule ${name}:`)} ${error.message}\n\n${usageOf(definition, paint)}\n`);
        io.stderr(`"vestibule ${name} --help" explains the options.\n`);
        return 2;
      }
    },
  };
}
