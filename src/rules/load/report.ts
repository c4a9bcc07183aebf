import type { LineCounter, Node } from 'yaml';

import type { Place } from './places.ts';
import type { Problem } from './problem.ts';

/** Collects the problems of one file, each at its place. */
export class Report {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  /** @param remedy what to do about it, or '' */
  add(node: Node | null | undefined, message: string, remedy = '', severity: Problem['severity'] = 'error'): void {
    this.addAt(node?.range?.[0] ?? 0, message, remedy, severity);
  }

  addAt(offset: number, message: string, remedy = '', severity: Problem['severity'] = 'error'): void {
    const problem = { file: this.#file, ...this.#place(offset), severity, message };
    this.problems.push(remedy === '' ? problem : { ...problem, remedy });
  }

  lineOf(node: Node): number {
    return this.#place(node.range?.[0] ?? 0).line;
  }

  placeOf(node: Node, where: string): Place {
    return { ...this.#place(node.range?.[0] ?? 0), where };
  }

  get failed(): boolean {
    return this.problems.some(({ severity }) => severity === 'error');
  }

  #place(offset: number): { line: number; col: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1) };
  }
}
