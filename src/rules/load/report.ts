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
    this.#add(this.#place(node?.range?.[0] ?? 0), message, remedy, severity);
  }

  addAt(offset: number, message: string, remedy: string): void {
    this.#add(this.#place(offset), message, remedy, 'error');
  }

  /** @param details more lines about it */
  addWithDetails(node: Node | null, message: string, details: readonly string[]): void {
    const { line, col } = this.#place(node?.range?.[0] ?? 0);
    this.problems.push({ file: this.#file, line, col, severity: 'error', message, details });
  }

  /** Warns of something at a place that was noted when it was read. */
  warn(place: Place | undefined, message: string, remedy: string): void {
    const { line, col, where } = place ?? { line: 1, col: 1, where: 'rules' };
    this.#add({ line, col }, `${where}: ${message}`, remedy, 'warning');
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

  #add(at: { line: number; col: number }, message: string, remedy: string, severity: Problem['severity']): void {
    const problem = { file: this.#file, ...at, severity, message };
    this.problems.push(remedy === '' ? problem : { ...problem, remedy });
  }

  #place(offset: number): { line: number; col: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1) };
  }
}
