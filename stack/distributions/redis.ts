import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { cached, mavenDependency, type Progress } from '../cache.ts';
import { command } from '../command.ts';
import { filesUnder, onPath } from '../paths.ts';
import { versions } from '../versions.ts';

/** A Redis server's binary: the system's, else a published one. */
export async function redisBinary(progress: Progress = () => undefined): Promise<string> {
  return systemRedis() ?? publishedRedis(progress);
}

/** The Redis server that this machine has, or `undefined`. */
export function systemRedis({ PATH: path = '' }: NodeJS.ProcessEnv = process.env): string | undefined {
  return onPath('redis-server', path) ?? onPath('valkey-server', path);
}

/** The published one. */
export async function publishedRedis(progress: Progress = () => undefined): Promise<string> {
  const name = `embedded-redis-${versions.embeddedRedis}`;
  const dir = await cached(name, async (target) => {
    progress('Redis: downloading one, once (12 MB)');
    const artifact = `com.github.codemonstur:embedded-redis:${versions.embeddedRedis}`;
    await mavenDependency(target, 'copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${target}`]);
    await command('jar', ['xf', join(target, `${name}.jar`)], { cwd: target });
  });
  const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const file = (await filesUnder(dir)).find((path) => path.includes('redis-server') && path.includes(platform));
  if (file === undefined) {
    throw new Error(`no Redis for ${platform}: install redis-server (Debian: apt-get install redis-server)`);
  }
  await chmod(join(dir, file), 0o755);
  return join(dir, file);
}
