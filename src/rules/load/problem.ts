/** Something wrong with a rule file: what, where, and what to do about it. */
export interface Problem {
  /** Relative to the rules folder. */
  readonly file: string;
  /** 1-based, both. */
  readonly line: number;
  readonly col: number;
  readonly severity: 'error' | 'warning';
  /** Place and fault, such as `rules[0].then[1]: unknown step "join-grup"`. */
  readonly message: string;
  readonly remedy?: string;
}

/** `portal.yaml:12:5 rules[0].then[1]: unknown step "join-grup", did you mean "join-group"?` */
export function formatProblem({ file, line, col, severity, message, remedy }: Problem): string {
  return `${file}:${line}:${col} ${severity === 'warning' ? 'warning: ' : ''}${message}${remedy === undefined ? '' : `, ${remedy}`}`;
}
