/** How to start one server of the stack, and how to know that it works. */
export interface Server {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Stands in its process's command line as long as it runs, and in no other's: tells it from a stranger with its number. */
  readonly marker: string;
  /** Rejects while the server cannot do its work yet; "port open" is not enough. */
  readonly check: () => Promise<void>;
  readonly timeoutMs: number;
}
