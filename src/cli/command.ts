/** What a command sees of its surroundings, so that tests need none. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of the standard input. */
  stdin(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** @returns the exit code: 0 good, 1 problems found, 2 could not run */
  run(argv: readonly string[], io: Io): Promise<number>;
}
