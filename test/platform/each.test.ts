import { describe, expect, it } from '@jest/globals';

import { forEach } from '../../src/platform/each.ts';

describe('src/platform/each', () => {
  it('works on all, never on more at once than it may', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEach([...Array.from({ length: 20 }).keys()], 3, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done).toHaveLength(20);
  });

  it('keeps nobody waiting for one that fails, and tells of it afterwards', async () => {
    const done: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 2) {
        throw new Error('two is unreadable');
      }
      done.push(item);
    };
    await expect(forEach([1, 2, 3, 4], 2, work)).rejects.toThrow('1 of 4 failed: two is unreadable');
    expect(done).toEqual([1, 3, 4]);
  });
});
