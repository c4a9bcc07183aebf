/** Who may change a file or folder besides root and the user that the program runs as. */
export interface Changeable {
  readonly by: string;
  readonly remedy: string;
}

interface Stats {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The user and the groups that the program runs as; `null`: the system has no such thing. */
export interface Self {
  readonly uid: number;
  readonly groups: readonly number[];
}

const root = 0;

/**
 * Who changes a rule file decides who gets in. A group counts when neither root's nor one of the program's own: on many
 * systems each user has a group alone, and files are writable for it.
 */
export function changeableBy({ mode, uid, gid }: Stats, self = whoRuns()): Changeable | null {
  if (self === null) {
    return null;
  }
  const sticky = (mode & 0o1000) !== 0; // in such a folder users can replace only their own files
  if (!sticky && (mode & 0o002) !== 0) {
    return { by: 'every user of this machine', remedy: 'chmod o-w' };
  }
  if (!sticky && (mode & 0o020) !== 0 && gid !== root && !self.groups.includes(gid)) {
    return { by: 'a group that this program is not in', remedy: 'chmod g-w' };
  }
  if (uid !== root && uid !== self.uid) {
    return { by: `the user with the number ${uid}`, remedy: 'give it to root or to the user of the service: chown' };
  }
  return null;
}

/** Windows has no such modes. */
function whoRuns(): Self | null {
  const uid = process.getuid?.();
  return uid === undefined ? null : { uid, groups: [process.getgid?.() ?? root, ...(process.getgroups?.() ?? [])] };
}
