import { describe, expect, it } from '@jest/globals';

import { noEffects } from '../../src/execute/dry-run.ts';
import { mia } from '../fakes/registrations.ts';

describe('src/execute/dry-run', () => {
  it('lets every effect wait, so that nothing of an earlier run is done or lost', async () => {
    const { accounts, ...rest } = noEffects();
    const change = () => accounts.apply(mia, { kind: 'disable' });
    const all = [...Object.values(rest), change] as (() => Promise<unknown>)[];
    for (const effect of all) {
      await expect(effect()).rejects.toMatchObject({ code: 'DRY_RUN', retryable: true });
    }
  });
});
