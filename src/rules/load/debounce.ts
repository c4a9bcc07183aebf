/** What the file system says of one file, without its content. */
export interface FileMark {
  readonly name: string;
  /** Where links lead. */
  readonly path: string;
  readonly inode: number;
  readonly size: number;
  /** When the content changed, and when anything about the file did, its name included. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** The files as they are now, or why they cannot be seen. */
export type FolderMark = readonly FileMark[] | string;

/** So many looks in a row have to find the same before a change is taken up. */
const looksAtRest = 4;
/** After so many looks that found a change, it is taken up as it stands. */
const patience = 60;

/**
 * Says at each look whether the files should be read now. A file that somebody is still writing can be valid YAML, with
 * its last rules missing. So a change waits until the whole folder rests. A file that never comes to rest, such as a log
 * in the folder, cannot hold a change up for good.
 *
 * A file that was put in place whole does not wait: a link that leads to another file, as Kubernetes swaps them, and a
 * file that was written elsewhere and then renamed.
 */
export function createDebounce(first: FolderMark) {
  let taken = first;
  let last = first;
  let resting = 0;
  let waited = 0;
  return {
    due(now: FolderMark): boolean {
      resting = same(now, last) ? resting + 1 : 1;
      last = now;
      if (same(now, taken)) {
        waited = 0;
        return false;
      }
      waited += 1;
      return resting >= looksAtRest || waited >= patience || arrivedWhole(now, taken);
    },
    /** The files were read while they were like this. */
    took(now: FolderMark): void {
      taken = now;
      waited = 0;
    },
  };
}

function arrivedWhole(now: FolderMark, before: FolderMark): boolean {
  if (typeof now === 'string' || typeof before === 'string') {
    return false;
  }
  const known = new Map(before.map((mark) => [mark.name, mark]));
  const names = new Set(now.map(({ name }) => name));
  return (
    before.every(({ name }) => names.has(name)) && // a file that is gone may be about to come back
    now.every((mark) => {
      const old = known.get(mark.name);
      return (old !== undefined && same([mark], [old])) || isWhole(mark, old);
    })
  );
}

/** A write sets both times, a rename only the second. */
function isWhole(mark: FileMark, old: FileMark | undefined): boolean {
  const swapped = old !== undefined && mark.path !== old.path;
  const renamed = mark.inode !== old?.inode && mark.ctimeMs > mark.mtimeMs;
  return swapped || renamed;
}

function same(left: FolderMark, right: FolderMark): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
