import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from './command.ts';
import { cacheDir } from './paths.ts';
import { versions } from './versions.ts';

export type Progress = (what: string) => void;

const unusedAfterMs = 30 * 86_400_000;

/**
 * A folder of the cache, filled once. It gets its name only when it is whole, so that an interrupted run leaves no half.
 * @returns its path
 */
export async function cached(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const target = join(cacheDir, name);
  if (existsSync(target)) {
    await utimes(target, new Date(), new Date()); // "used today", for dropUnused
    return target;
  }
  await mkdir(cacheDir, { recursive: true });
  await dropUnused();
  const half = await mkdtemp(join(cacheDir, `.half-${name}-`));
  try {
    await fill(half);
    await rename(half, target);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    if (!existsSync(target)) {
      throw error; // else somebody else was quicker, and theirs is as good
    }
  }
  return target;
}

/** Runs a goal of Maven's dependency plugin, which is how the servers' published distributions are fetched. */
export async function mavenDependency(cwd: string, goal: string, args: readonly string[]): Promise<void> {
  const plugin = `org.apache.maven.plugins:maven-dependency-plugin:${versions.mavenDependencyPlugin}`;
  await command('mvn', ['-q', '-B', `${plugin}:${goal}`, ...args], { cwd });
}

/** Each change of the provider makes another Keycloak of 190 MB: what nobody used for a month goes. */
async function dropUnused(): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const dir = join(cacheDir, name);
    const { mtimeMs } = await stat(dir);
    if (Date.now() - mtimeMs > unusedAfterMs) {
      await rm(dir, { recursive: true, force: true });
    }
  }
}
