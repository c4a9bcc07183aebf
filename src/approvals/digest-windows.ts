import type { Asked, Collected } from '../jobs/questions.ts';

/**
 * Since when questions to an approver are collected, and which. After a message to the approver a window is open for as
 * long as the rule says. Questions that come meanwhile are collected, and one message has them all. If Redis loses a
 * window, its questions are asked by their own jobs, which Kafka remembers.
 */
export interface DigestWindows {
  /**
   * Whether a question goes out at once: it then opens a window. Else it is collected, and `until` says for how long.
   * The same question gets the same answer for as long as the window is open.
   */
  enter(reader: string, asked: Asked, spanMs: number): Promise<'at-once' | { window: number; until: number }>;
  /** Ends a window, and opens the next. @returns what was collected, the same to each attempt of that job */
  close(collected: Collected, jobId: string, spanMs: number): Promise<readonly Asked[]>;
  /** The message with these questions is sent: the window is done with. */
  done(collected: Collected, ids: readonly string[]): Promise<void>;
  /** No message was sent: the window that `close` opened ends, if it has collected nothing. */
  withdraw(reader: string, jobId: string): Promise<void>;
  wasSent(reader: string, id: string): Promise<boolean>;
}
