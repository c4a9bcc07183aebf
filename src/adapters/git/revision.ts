import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';

import { ServiceError } from '../../platform/errors.ts';
import { type Bytes, type Content, isHidden, textIn } from '../../rules/load/folder.ts';

export interface RevisionFiles {
  /** The commit, as git abbreviates it. */
  readonly commit: string;
  /** As `RulesFolder` gives them. */
  readonly names: readonly string[];
  readonly read: (name: string, maxBytes: number) => Content;
  readonly bytes: (name: string, maxBytes: number) => Bytes;
}

interface TreeEntry {
  readonly link: boolean;
  readonly id: string;
  readonly bytes: number;
}

/** A list file may be as large; nothing larger is read. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The files of a folder as a revision has them; the work tree is left alone.
 * @throws ServiceError RULES_INVALID when there is no git, no repository or no such revision
 */
export function filesAt(dir: string, revision: string): RevisionFiles {
  const unknown = `git knows no revision ${revision}; or is that a folder which is not there?`;
  // Not an option, whatever it is called.
  const verify = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  git(dir, ['rev-parse', '--git-dir'], `${dir} lies in no repository that git can read`);
  const id = String(git(dir, verify, unknown)).trim();
  const commit = String(git(dir, ['rev-parse', '--short', id], 'git cannot read the revision')).trim();
  const tree = treeOf(String(git(dir, ['ls-tree', '-r', '-l', '-z', id], 'git cannot list the revision')));
  const contents = contentsOf(dir, tree);

  function bytes(name: string, maxBytes: number, links = 0): Bytes {
    const entry = tree.get(name);
    if (name.startsWith('../') || name.startsWith('/')) {
      return { problem: `${name} lies outside the rules folder` };
    }
    if (entry === undefined || links > 8) {
      return { problem: `${name} cannot be read: not in revision ${revision}` };
    }
    const content = contents.get(entry.id);
    if (entry.bytes > maxBytes || content === undefined) {
      return { problem: `${name} is larger than ${maxBytes / 1024} KiB` };
    }
    return entry.link
      ? bytes(posix.join(posix.dirname(name), String(content)), maxBytes, links + 1)
      : { bytes: content };
  }
  const names = [...tree.keys()].filter((name) => !isHidden(name)).toSorted();
  return {
    commit,
    names,
    read: (name, maxBytes) => textIn(name, bytes(name, maxBytes)),
    bytes: (name, maxBytes) => bytes(name, maxBytes),
  };
}

/** `<mode> blob <id> <bytes>\t<name>`, each ended by a NUL; names are those below the folder. */
function treeOf(listing: string): ReadonlyMap<string, TreeEntry> {
  const entries = listing.split('\0').flatMap((line): [string, TreeEntry][] => {
    const [, mode = '', id = '', bytes, name = ''] = /^(\d+) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(line) ?? [];
    return bytes === undefined ? [] : [[name, { link: mode === '120000', id, bytes: Number(bytes) }]];
  });
  return new Map(entries);
}

/** All of them with one call, which answers `<id> blob <bytes>\n<content>\n` for each. */
function contentsOf(dir: string, tree: ReadonlyMap<string, TreeEntry>): ReadonlyMap<string, Buffer> {
  const wanted = [...new Set([...tree.values()].filter(({ bytes }) => bytes <= mostBytes).map(({ id }) => id))];
  const contents = new Map<string, Buffer>();
  if (wanted.length === 0) {
    return contents;
  }
  const answer = git(dir, ['cat-file', '--batch'], 'git cannot read the files', wanted.join('\n'));
  for (let at = 0; at < answer.length;) {
    const headEnd = answer.indexOf('\n', at);
    const [id = '', , bytes = '0'] = answer.toString('utf8', at, headEnd).split(' ');
    const end = headEnd + 1 + Number(bytes);
    contents.set(id, answer.subarray(headEnd + 1, end));
    at = end + 1;
  }
  return contents;
}

function git(dir: string, args: readonly string[], complaint: string, input = ''): Buffer {
  try {
    return execFileSync('git', args, { cwd: dir, input, stdio: 'pipe', maxBuffer: 1024 * 1024 * 1024 });
  } catch (cause) {
    const { code, stderr } = cause as NodeJS.ErrnoException & { stderr?: Buffer };
    const said = String(stderr ?? '')
      .replace(/^fatal: /, '')
      .split('\n')[0];
    const why = code === 'ENOENT' ? 'there is no program "git" to ask' : complaint;
    throw new ServiceError('RULES_INVALID', said === '' ? why : `${why}: ${said}`, { cause });
  }
}
