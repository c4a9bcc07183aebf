import type { Execution } from '../../../src/operate/door/execution.ts';

/** The steps of a flow as a drawing has them: a step on each line, two blanks for each level, `{…}` for a sub-flow. */
export function drawn(text: string): Execution[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const top = Math.min(...lines.map(depth));
  return lines.map((line) => {
    const [, subFlow, provider, requirement] = /^\s*(?:\{(\w+)\}|(\S+) (\w+))$/.exec(line) ?? [];
    return {
      level: (depth(line) - top) / 2,
      requirement: subFlow ?? requirement ?? '',
      provider: provider ?? null,
    };
  });
}

const depth = (line: string) => line.length - line.trimStart().length;
