import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import swcJest from '@swc/jest';
import { CoverageReport } from 'monocart-coverage-reports';

import { filesUnder, projectDir } from '../../stack/paths.ts';
import type { FileCoverage } from './coverage.ts';

/** What V8 counted of one script. */
interface Script {
  readonly url: string;
  readonly functions: readonly unknown[];
}

interface SourceMap {
  readonly mappings: string;
}

/**
 * What the tests ran of src/ and workers/: in the test files themselves, or in the service's own processes, whichever ran
 * more of a file. The two run texts that different compilers made, whose branches cannot be told to be the same.
 * @param dir holds V8's counts, as test/run/environment.mjs and NODE_V8_COVERAGE leave them
 */
export async function readCoverage(dir: string): Promise<readonly FileCoverage[]> {
  const scripts: Script[] = [];
  for (const name of (await readdir(dir)).filter((name) => name.endsWith('.json'))) {
    const { result } = JSON.parse(await readFile(join(dir, name), 'utf8')) as { result: Script[] };
    scripts.push(...result);
  }
  const entries = (await Promise.all(scripts.map(entry))).filter((entry) => entry !== undefined);
  const seen = new Set(entries.map(({ path }) => path));
  const files = (await Promise.all(['src', 'workers'].map(under))).flat();
  const neverRun = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !seen.has(path));
  const [inTests, inService] = [
    [...entries.filter(({ isBuilt }) => !isBuilt), ...(await Promise.all(neverRun.map(uncounted))).flat()],
    entries.filter(({ isBuilt }) => isBuilt),
  ];
  const best = new Map<string, FileCoverage>();
  for (const file of [...(await summed(inTests, dir)), ...(await summed(inService, dir))]) {
    const other = best.get(file.path) ?? file;
    best.set(file.path, {
      path: file.path,
      lines: larger(file.lines, other.lines),
      branches: larger(file.branches, other.branches),
    });
  }
  return [...best.values()];
}

function larger(one: FileCoverage['lines'], other: FileCoverage['lines']): FileCoverage['lines'] {
  return one.covered * other.total >= other.covered * one.total ? one : other;
}

async function summed(entries: readonly object[], dir: string): Promise<FileCoverage[]> {
  if (entries.length === 0) {
    return [];
  }
  const outputDir = join(dir, 'report');
  const report = new CoverageReport({ name: 'vestibule', logging: 'error', outputDir, reports: [] });
  await report.add([...entries]);
  const results = await report.generate();
  return (results?.files ?? []).map(({ sourcePath, summary: { lines, branches } }) => ({
    path: sourcePath,
    lines: { covered: lines?.covered ?? 0, total: lines?.total ?? 0 },
    branches: { covered: branches?.covered ?? 0, total: branches?.total ?? 0 },
  }));
}

async function under(top: string): Promise<string[]> {
  return (await filesUnder(join(projectDir, top))).map((file) => `${top}/${file}`);
}

/** One script in the form that the report takes: with its text, and its map to the source. */
async function entry({ url, functions }: Script) {
  const file = relative(projectDir, url.startsWith('file:') ? fileURLToPath(url) : url);
  const [, name] = /^(?:dist\/)?((?:src|workers)\/.*)\.[jt]s$/.exec(file) ?? [];
  const path = `${name}.ts`;
  if (name === undefined || !existsSync(join(projectDir, path))) {
    return undefined;
  }
  const isBuilt = file.startsWith('dist/');
  const { code, map } = await (isBuilt ? built(name) : transformed(path));
  const sourcesContent = [await sourceOf(path)];
  return {
    path,
    isBuilt,
    url: `file://${join(projectDir, file)}`,
    source: code,
    sourceMap: { ...map, sourceRoot: '', sources: [path], sourcesContent },
    functions,
  };
}

/** A file that nothing loaded. One that holds types only has nothing to run. */
async function uncounted(path: string) {
  const { code } = await transformed(path);
  if (/^(\s*\/\*[^]*?\*\/)*\s*export \{ \};\s*(\/\/[^\n]*\s*)*$/.test(code)) {
    return [];
  }
  const ranges = [{ startOffset: 0, endOffset: code.length, count: 0 }];
  const functions = [{ functionName: '', isBlockCoverage: true, ranges }];
  const made = await entry({ url: join(projectDir, path), functions });
  if (made === undefined) {
    throw new Error(`${path} is not there`);
  }
  return [made];
}

/** Jest's transformer, with the settings of .swcrc as there. */
const swc = swcJest.createTransformer() as unknown as {
  process(text: string, file: string, options: object): { readonly code: string };
};

/** Many processes ran the same files: each is read once. */
function oncePerPath<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (path) => {
    const found = kept.get(path) ?? read(path);
    kept.set(path, found);
    return found;
  };
}

const sourceOf = oncePerPath((path) => readFile(join(projectDir, path), 'utf8'));

/** What jest runs of a file: the same transformation gives the same text. */
const transformed = oncePerPath(async (path: string): Promise<{ code: string; map: SourceMap }> => {
  const file = join(projectDir, path);
  const options = { supportsStaticESM: true, supportsDynamicImport: true, instrument: false };
  const { code } = swc.process(await sourceOf(path), file, options);
  const [, inline = ''] = /sourceMappingURL=data:application\/json;[^,]*base64,(\S+)/.exec(code) ?? [];
  return { code, map: JSON.parse(Buffer.from(inline, 'base64').toString()) as SourceMap };
});

const built = oncePerPath(async (path: string): Promise<{ code: string; map: SourceMap }> => {
  const file = join(projectDir, 'dist', `${path}.js`);
  const [code, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')]);
  return { code, map: JSON.parse(map) as SourceMap };
});
