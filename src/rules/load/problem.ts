import { type Paint, plain, type Style } from '../../platform/paint.ts';
import { visible } from '../../platform/visible.ts';

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
  /** More lines about it, such as the difference between two plans. */
  readonly details?: readonly string[];
}

/** `portal.yaml:12:5 rules[0].then[1]: unknown step "join-grup", did you mean "join-group"?` */
export function formatProblem(problem: Problem): string {
  return paintProblem(problem, plain);
}

/** A problem quotes its file, and a rule file can hold what a terminal or a CI system obeys. */
export function visibleProblem({ file, message, remedy, details, ...rest }: Problem): Problem {
  return {
    ...rest,
    file: visible(file),
    message: visible(message),
    ...(remedy === undefined ? {} : { remedy: visible(remedy) }),
    ...(details === undefined ? {} : { details: details.map(visible) }),
  };
}

/** The same in colours. */
export function paintProblem(problem: Problem, paint: Paint): string {
  const { file, line, col, severity, message, remedy, details = [] } = visibleProblem(problem);
  const place = paint(severity === 'warning' ? 'yellow' : 'red', `${file}:${line}:${col}`);
  const warning = severity === 'warning' ? paint('yellow', 'warning: ') : '';
  const more = details.map((detail) => `\n    ${paint(styleOf(detail), detail)}`).join('');
  return `${place} ${warning}${message}${remedy === undefined ? '' : `, ${remedy}`}${more}`;
}

function styleOf(detail: string): Style {
  return detail.startsWith('+') ? 'green' : detail.startsWith('-') ? 'red' : 'dim';
}
