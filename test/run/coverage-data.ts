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
 * What the tests ran of src/ and workers/: in the test files themselves, and in the service's own processes.
 * @param dir holds V8's counts, as test/run/environment.mjs and NODE_V8_COVERAGE leave them
 */
export async function readCoverage(dir: string): Promise<readonly FileCoverage[]> {
  const report = new CoverageReport({
    name: 'vestibule',
    logging: 'error',
    outputDir: join(dir, 'report'),
    reports: [],
  });
  const seen = new Set<string>();
  for (const name of (await readdir(dir)).filter((name) => name.endsWith('.json'))) {
    const { result } = JSON.parse(await readFile(join(dir, name), 'utf8')) as { result: Script[] };
    const entries = await Promise.all(result.map(async ({ url, functions }) => entry(url, functions, seen)));
    const known = entries.filter((entry) => entry !== undefined);
    if (known.length > 0) {
      await report.add(known);
    }
  }
  const files = (await Promise.all(['src', 'workers'].map(async (top) => under(top)))).flat();
  const untouched = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !seen.has(path));
  await report.add(await Promise.all(untouched.map(async (path) => neverRun(path))));
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
async function entry(url: string, functions: readonly unknown[], seen: Set<string>) {
  const file = relative(projectDir, url.startsWith('file:') ? fileURLToPath(url) : url);
  const path = /^(?:dist\/)?((?:src|workers)\/.*)\.[jt]s$/.exec(file)?.[1];
  if (path === undefined || !existsSync(join(projectDir, `${path}.ts`))) {
    return undefined;
  }
  const { code, map } = await (file.startsWith('dist/') ? built(path) : transformed(`${path}.ts`));
  seen.add(`${path}.ts`);
  const sourcesContent = [await readFile(join(projectDir, `${path}.ts`), 'utf8')];
  return {
    url: `file://${join(projectDir, file)}`,
    source: code,
    sourceMap: { ...map, sourceRoot: '', sources: [`${path}.ts`], sourcesContent },
    functions,
  };
}

async function neverRun(path: string) {
  const { code } = await transformed(path);
  const ranges = [{ startOffset: 0, endOffset: code.length, count: 0 }];
  const functions = [{ functionName: '', isBlockCoverage: true, ranges }];
  const made = await entry(join(projectDir, path), functions, new Set());
  if (made === undefined) {
    throw new Error(`${path} is not there`);
  }
  return made;
}

/** Jest's transformer, with the settings of .swcrc as there. */
const swc = swcJest.createTransformer() as unknown as {
  process(text: string, file: string, options: object): { readonly code: string };
};

/** What jest runs of a file: the same transformation gives the same text. */
async function transformed(path: string): Promise<{ code: string; map: SourceMap }> {
  const file = join(projectDir, path);
  const options = { supportsStaticESM: true, supportsDynamicImport: true, instrument: false };
  const { code } = swc.process(await readFile(file, 'utf8'), file, options);
  const [, inline = ''] = /sourceMappingURL=data:application\/json;[^,]*base64,(\S+)/.exec(code) ?? [];
  return { code, map: JSON.parse(Buffer.from(inline, 'base64').toString()) as SourceMap };
}

async function built(path: string): Promise<{ code: string; map: SourceMap }> {
  const file = join(projectDir, 'dist', `${path}.js`);
  const [code, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')]);
  return { code, map: JSON.parse(map) as SourceMap };
}
