import { describe, expect, it } from '@jest/globals';

import { Lifecycle } from '../../src/platform/lifecycle.ts';

describe('src/platform/lifecycle', () => {
  it('closes what was opened, the newest first', async () => {
    const lifecycle = new Lifecycle();
    const closed: string[] = [];
    for (const name of ['redis', 'workers', 'consumer']) {
      await lifecycle.open(
        name,
        () => name,
        (resource) => void closed.push(resource),
      );
    }
    expect(lifecycle.stillOpen).toEqual(['redis', 'workers', 'consumer']);
    await lifecycle.close();
    expect(closed).toEqual(['consumer', 'workers', 'redis']);
    expect(lifecycle.stillOpen).toEqual([]);
  });

  it('closes the others when one fails, and says which', async () => {
    const lifecycle = new Lifecycle();
    const closed: string[] = [];
    await lifecycle.open(
      'redis',
      () => 1,
      () => void closed.push('redis'),
    );
    await lifecycle.open(
      'workers',
      () => 2,
      () => Promise.reject(new Error('stuck')),
    );
    await expect(lifecycle.close()).rejects.toMatchObject({ errors: [{ message: 'closing workers failed' }] });
    expect(closed).toEqual(['redis']);
  });
});
