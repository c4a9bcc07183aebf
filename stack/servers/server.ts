/** How to start one server of the stack, and how to know that it works. */
export interface Server {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Rejects while the server cannot do its work yet; "port open" is not enough. */
  readonly check: () => Promise<void>;
  readonly timeoutMs: number;
}
