import { describe, expect, it } from '@jest/globals';

import { setup, waiting } from '../fakes/deadlines.ts';

describe('workers/deadlines', () => {
  it('does the repeated tasks apart, so that one that fails or takes long keeps no other waiting', async () => {
    const { run, jobs, reconciler } = await setup({ asked: waiting, user: { emailVerified: true } });
    let end: (words: string) => void = () => undefined;
    reconciler.run = () => new Promise((resolve) => (end = resolve));
    const long = run({ kind: 'reconcile' });
    await expect(run({ kind: 'reconcile' })).resolves.toBe('still-at-it');
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toHaveLength(2);
    end('3 seen');
    await expect(long).resolves.toBe('3 seen');
  });
});
