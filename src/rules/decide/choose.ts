import { isGlob, matchesGlob } from '../../platform/glob.ts';
import type { RuleBook, RuleFile } from '../model.ts';

/** How precisely a file names a client or realm: exactly, by a glob, or all of them. */
type Rank = 0 | 1 | 2;

export interface Entry {
  readonly file: RuleFile;
  readonly realm: string;
  readonly client: string;
  readonly clientRank: Rank;
  readonly realmRank: Rank;
}

interface Index {
  readonly exact: ReadonlyMap<string, readonly Entry[]>;
  readonly patterns: readonly Entry[];
}

/** Rule books are immutable, so each is indexed once: a choice among a thousand clients costs as much as among ten. */
const indexes = new WeakMap<RuleBook, Index>();

/**
 * The file that decides about a client: the one that names it most precisely. An exact client goes before a glob, a
 * glob before `*`; among equals, the realm is compared in the same way. If no rule of that file holds, no other file is
 * tried.
 */
export function choose(book: RuleBook, realm: string, clientId: string): RuleFile | null {
  const { exact, patterns } = indexOf(book);
  const inRealm = (entry: Entry): boolean => matchesGlob(entry.realm, realm);
  const named = (exact.get(clientId) ?? []).filter(inRealm);
  const matching =
    named.length > 0 ? named : patterns.filter((entry) => inRealm(entry) && matchesGlob(entry.client, clientId));
  return matching.toSorted(byRank)[0]?.file ?? null;
}

export function rankOf(pattern: string): Rank {
  return pattern === '*' ? 2 : isGlob(pattern) ? 1 : 0;
}

function indexOf(book: RuleBook): Index {
  const known = indexes.get(book);
  if (known !== undefined) {
    return known;
  }
  const entries = entriesOf(book);
  const index = {
    exact: group(entries),
    patterns: entries.filter(({ clientRank }) => clientRank > 0),
  };
  indexes.set(book, index);
  return index;
}

/** Every pair of a realm and a client that the files name. */
export function entriesOf({ files }: RuleBook): readonly Entry[] {
  return files.flatMap((file) =>
    file.realms.flatMap((realm) =>
      file.clients.map((client): Entry => ({
        file,
        realm,
        client,
        clientRank: rankOf(client),
        realmRank: rankOf(realm),
      })),
    ),
  );
}

function group(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries.filter(({ clientRank }) => clientRank === 0)) {
    const group = groups.get(entry.client) ?? [];
    group.push(entry);
    groups.set(entry.client, group);
  }
  return groups;
}

/** Then the longer glob, as the more precise one; then the file name, so that the choice never depends on chance. */
export function byRank(left: Entry, right: Entry): number {
  return (
    left.clientRank - right.clientRank ||
    left.realmRank - right.realmRank ||
    right.client.length - left.client.length ||
    left.file.file.localeCompare(right.file.file)
  );
}
