import { describe, expect, it } from '@jest/globals';

import { paintProblem, type Problem } from '../../../src/rules/load/problem.ts';

const problem: Problem = { file: 'a.yaml', line: 3, col: 5, severity: 'error', message: 'is wrong' };
const painted = (changes: Partial<Problem>) =>
  paintProblem({ ...problem, ...changes }, (style, text) => `<${style}>${text}</>`);

describe('src/rules/load/problem', () => {
  it('shows at a glance whether it is an error', () => {
    expect(painted({})).toBe('<red>a.yaml:3:5</> is wrong');
    expect(painted({ severity: 'warning', remedy: 'do this' })).toBe(
      '<yellow>a.yaml:3:5</> <yellow>warning: </>is wrong, do this',
    );
  });

  it('shows of a difference what is missing and what is too much', () => {
    expect(painted({ details: ['+ join-group /a', '- disable-user', '  notify +', '  notify -'] })).toBe(
      '<red>a.yaml:3:5</> is wrong' +
        '\n    <green>+ join-group /a</>\n    <red>- disable-user</>\n    <dim>  notify +</>\n    <dim>  notify -</>',
    );
  });
});
