/** How much of a folder, in percent. */
export interface Measures {
  readonly lines: number;
  readonly branches: number;
}

/** What was run, and what there is, of one file. */
export interface FileCoverage {
  readonly path: string;
  readonly lines: Share;
  readonly branches: Share;
}

interface Share {
  readonly covered: number;
  readonly total: number;
}

/** Reached by folder: those of src/ each by itself, the files beside them as `src`, and `workers`. */
export function byFolder(files: readonly FileCoverage[]): ReadonlyMap<string, Measures> {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))].toSorted();
  return new Map(
    folders.map((folder) => {
      const all = files.filter(({ path }) => folderOf(path) === folder);
      return [
        folder,
        { lines: percent(all.map(({ lines }) => lines)), branches: percent(all.map(({ branches }) => branches)) },
      ];
    }),
  );
}

/** Everything that falls below what is demanded, in words. A folder that nothing is demanded of is a fault, too. */
export function shortfalls(
  reached: ReadonlyMap<string, Measures>,
  demanded: Readonly<Record<string, Measures>>,
): string[] {
  const missing = Object.keys(demanded)
    .filter((folder) => !reached.has(folder))
    .map((folder) => `${folder}: there is no such folder; take it out of test/run/coverage-demanded.ts`);
  const low = [...reached].flatMap(([folder, measures]) => {
    const wanted = demanded[folder];
    if (wanted === undefined) {
      return [`${folder}: nothing is demanded of it; put it into test/run/coverage-demanded.ts`];
    }
    return (['lines', 'branches'] as const)
      .filter((measure) => measures[measure] < wanted[measure])
      .map(
        (measure) =>
          `${folder}: ${measures[measure].toFixed(1)} % of the ${measure} are run, ${wanted[measure]} % are demanded; test more of it`,
      );
  });
  return [...low, ...missing];
}

export function coverageTable(reached: ReadonlyMap<string, Measures>): string {
  const rows = [...reached].map(
    ([folder, { lines, branches }]) =>
      `  ${folder.padEnd(20)} ${lines.toFixed(1).padStart(6)} % ${branches.toFixed(1).padStart(9)} %`,
  );
  return [`  ${'folder'.padEnd(20)}    lines    branches`, ...rows].join('\n');
}

function folderOf(path: string): string {
  const [top = '', folder, file] = path.split('/');
  return top === 'src' && folder !== undefined && file !== undefined ? `${top}/${folder}` : top;
}

function percent(shares: readonly Share[]): number {
  const total = shares.reduce((sum, share) => sum + share.total, 0);
  return total === 0 ? 100 : (100 * shares.reduce((sum, share) => sum + share.covered, 0)) / total;
}
