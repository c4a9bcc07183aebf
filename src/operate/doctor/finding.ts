export type Level = 'ok' | 'warning' | 'error';

/** What the doctor has to say about one thing. */
export interface Finding {
  /** Stable: scripts and alerts may look for it. */
  readonly id: string;
  readonly level: Level;
  /** Names the setting, topic or client it is about; never a secret. */
  readonly what: string;
  /** What to do about it. `null`: nothing. */
  readonly remedy: string | null;
}

export const fine = (id: string, what: string): Finding => ({ id, level: 'ok', what, remedy: null });

export const warning = (id: string, what: string, remedy: string): Finding => ({ id, level: 'warning', what, remedy });

export const error = (id: string, what: string, remedy: string): Finding => ({ id, level: 'error', what, remedy });

/** The findings whose condition holds, for tables of them. */
export function holding(...table: readonly (readonly [boolean, () => Finding])[]): Finding[] {
  return table.flatMap(([holds, make]) => (holds ? [make()] : []));
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
