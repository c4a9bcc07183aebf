import { describe, expect, it } from '@jest/globals';

import { runSteps, stepEntry } from '../../src/execute/run-steps.ts';
import type { Effects, StepContext, StepResult } from '../../src/rules/steps/effects.ts';
import type { Step } from '../../src/rules/model.ts';

const steps: readonly Step[] = [
  { uses: 'disable-user', with: null, after: null },
  { uses: 'join-group', with: { group: '/partners' }, after: null },
  { uses: 'delete-user', with: null, after: 60_000 },
];

function setup({ done = 0, failAt }: { done?: number; failAt?: string } = {}) {
  const acted: string[] = [];
  const saved: number[] = [];
  const later: string[] = [];
  const results: StepResult[] = [];
  const effects = {
    later: (_occasion: StepContext, step: Step, afterMs: number): Promise<string> => {
      later.push(`${step.uses} after ${afterMs}`);
      return Promise.resolve('2026-11-24T10:01:00.000Z');
    },
  } as unknown as Effects;
  const run = () =>
    runSteps({
      steps,
      done,
      effects,
      context: (index) => ({ key: `event/${index}` }) as StepContext,
      act: (_effects, { key }, step) => {
        if (step.uses === failAt) {
          return Promise.reject(new Error('away'));
        }
        acted.push(`${key} ${step.uses}`);
        return Promise.resolve('changed');
      },
      onDone: async (_step, result, count) => {
        saved.push(count);
        results.push(result);
      },
    });
  return { acted, saved, later, results, run };
}

describe('src/execute/run-steps', () => {
  it('does the steps in order and puts delayed ones off', async () => {
    const { acted, later, saved, run } = setup();
    await run();
    expect(acted).toEqual(['event/0 disable-user', 'event/1 join-group']);
    expect(later).toEqual(['delete-user after 60000']);
    expect(saved).toEqual([1, 2, 3]);
  });

  it('says of a step that is put off when it is due, and not that it was done', async () => {
    const { results, run } = setup();
    await run();
    expect(results.map((result) => stepEntry('the-step', result))).toEqual([
      { kind: 'step', step: 'the-step', outcome: 'changed' },
      { kind: 'step', step: 'the-step', outcome: 'changed' },
      { kind: 'step', step: 'the-step', outcome: 'scheduled', dueAt: '2026-11-24T10:01:00.000Z' },
    ]);
  });

  it('resumes where an earlier attempt stopped', async () => {
    const { acted, run } = setup({ done: 1 });
    await run();
    expect(acted).toEqual(['event/1 join-group']);
  });

  it('keeps what was done before a step that fails', async () => {
    const { saved, run } = setup({ failAt: 'join-group' });
    await expect(run()).rejects.toThrow('away');
    expect(saved).toEqual([1]);
  });
});
