import { describe, expect, it } from '@jest/globals';

import { createDebounce, type FileMark, type FolderMark } from '../../../src/rules/load/debounce.ts';

const old: FileMark = { name: 'a.yaml', path: '/rules/a.yaml', inode: 1, size: 9, mtimeMs: 100, ctimeMs: 100 };
const written = (at: number): FileMark => ({ ...old, size: at, mtimeMs: at, ctimeMs: at });

/** The numbers of the looks, from 1, at which the files were read. */
function reads(...marks: readonly FolderMark[]): number[] {
  const debounce = createDebounce([old]);
  return marks.flatMap((mark, index) => {
    const due = debounce.due(mark);
    if (due) {
      debounce.took(mark);
    }
    return due ? [index + 1] : [];
  });
}

const times = (count: number, mark: FolderMark): FolderMark[] => Array.from({ length: count }, () => mark);

describe('src/rules/load/debounce', () => {
  it('lets a change wait until four looks in a row find the same', () => {
    const half = [written(200)];
    const whole = [written(300)];
    expect(reads([old], half, half, half, whole, whole, whole, whole, whole)).toEqual([8]);
  });

  it('counts the whole folder: one file that is being written lets all wait', () => {
    const other = { ...old, name: 'b.yaml', path: '/rules/b.yaml', inode: 2 };
    const looks = [200, 201, 202, 203, 204].map((at) => [written(200), { ...other, mtimeMs: at, ctimeMs: at }]);
    expect(reads(...looks, ...times(3, looks[4] ?? []))).toEqual([8]);
  });

  it('passes over a change that was taken back', () => {
    expect(reads(...times(3, [written(200)]), ...times(9, [old]))).toEqual([]);
  });

  it('does not wait for ever for what never comes to rest', () => {
    expect(reads(...Array.from({ length: 120 }, (_, look) => [written(200 + look)]))).toEqual([60, 120]);
  });

  it.each([
    ['a file that was renamed over the old one', [{ ...old, inode: 7, mtimeMs: 200, ctimeMs: 201 }]],
    ['a link that leads to another file', [{ ...old, path: '/rules/..two/a.yaml', inode: 7 }]],
    ['a file that was renamed beside it', [old, { ...old, name: 'b.yaml', inode: 7, mtimeMs: 200, ctimeMs: 201 }]],
  ])('takes up at once %s', (_, now) => {
    expect(reads(now, now)).toEqual([1]);
  });

  it.each<[string, FolderMark]>([
    ['a file that is written in place', [written(200)]],
    ['a file in place whose own time was set back', [{ ...old, size: 200, mtimeMs: 150, ctimeMs: 200 }]],
    ['a new file that is being written', [old, { ...written(200), name: 'b.yaml', inode: 7 }]],
    ['a file that was taken away, and may come back', []],
    ['a folder that is away', 'away: ENOENT'],
    ['a file in place beside one that was renamed', [written(200), { ...old, name: 'b.yaml', inode: 7, ctimeMs: 101 }]],
  ])('waits for %s', (_, now) => {
    expect(reads(...times(4, now))).toEqual([4]);
  });

  it('waits for a folder that comes back', () => {
    const debounce = createDebounce('away: ENOENT');
    expect(times(4, [old]).map((mark) => debounce.due(mark))).toEqual([false, false, false, true]);
  });
});
