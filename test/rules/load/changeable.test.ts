import { describe, expect, it } from '@jest/globals';

import { changeableBy } from '../../../src/rules/load/changeable.ts';

const self = { uid: 1000, groups: [1000, 2000] };
const file = { mode: 0o100644, uid: 1000, gid: 1000 };

describe('src/rules/load/changeable', () => {
  it.each([
    ['its own', file],
    ["root's", { ...file, uid: 0, gid: 0 }],
    ['its own, which its group may change, as on many systems', { ...file, mode: 0o100664 }],
    ["root's, which another group of its own may change, as on Kubernetes", { mode: 0o100664, uid: 0, gid: 2000 }],
    ["root's, which root's group may change", { mode: 0o100664, uid: 0, gid: 0 }],
    ['a folder such as /tmp', { mode: 0o041777, uid: 0, gid: 0 }],
  ])('has nothing to say of a file that is %s', (_, stats) => {
    expect(changeableBy(stats, self)).toBeNull();
  });

  it.each([
    ['every user of this machine', 'chmod o-w', { ...file, mode: 0o100646 }],
    ['every user of this machine', 'chmod o-w', { mode: 0o100666, uid: 0, gid: 0 }],
    ['a group that this program is not in', 'chmod g-w', { ...file, mode: 0o100664, gid: 3000 }],
    ['the user with the number 1001', 'chown', { ...file, uid: 1001 }],
    ['the user with the number 1001', 'chown', { mode: 0o041777, uid: 1001, gid: 0 }],
  ])('names %s, and says %s', (by, remedy, stats) => {
    expect(changeableBy(stats, self)).toEqual({ by, remedy: expect.stringContaining(remedy) });
  });

  it('names the owner of a file to root as well', () => {
    expect(changeableBy(file, { uid: 0, groups: [0] })).toMatchObject({ by: 'the user with the number 1000' });
  });

  it('has nothing to say where there are no users, as on Windows', () => {
    expect(changeableBy({ ...file, mode: 0o100666 }, null)).toBeNull();
  });

  it('knows who runs', () => {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    expect(changeableBy({ mode: 0o100664, uid, gid })).toBeNull();
    if (process.getuid === undefined) {
      return; // on Windows nothing is known of users
    }
    expect(changeableBy({ mode: 0o100664, uid, gid: 54_321 })).toMatchObject({ remedy: 'chmod g-w' });
    expect(changeableBy({ mode: 0o100644, uid: 54_321, gid })).toMatchObject({ by: 'the user with the number 54321' });
  });
});
