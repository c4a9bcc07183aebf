import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { cached, type Progress } from '../cache.ts';
import { command } from '../command.ts';
import { filesUnder, projectDir } from '../paths.ts';

const jarName = 'vestibule-keycloak.jar';

/**
 * The provider's jar, built from `keycloak/` once for each state of its sources.
 * @returns an empty list when there is no provider in this checkout
 */
export async function providerJars(progress: Progress): Promise<string[]> {
  const module = join(projectDir, 'keycloak');
  const pom = join(module, 'pom.xml');
  if (!existsSync(pom)) {
    return [];
  }
  const hash = createHash('sha256').update(await readFile(pom));
  for (const file of await filesUnder(join(module, 'src', 'main'))) {
    hash.update(file).update(await readFile(join(module, 'src', 'main', file)));
  }
  const dir = await cached(`provider-${hash.digest('hex').slice(0, 12)}`, async (target) => {
    progress('Keycloak: building the provider');
    // In a folder of its own: stacks that start side by side would build into the same target/.
    const build = join(target, 'build');
    await cp(pom, join(build, 'pom.xml'));
    await cp(join(module, 'src', 'main'), join(build, 'src', 'main'), { recursive: true });
    await command('mvn', ['-q', '-B', '-DskipTests', 'package'], { cwd: build });
    await rename(join(build, 'target', jarName), join(target, jarName));
    await rm(build, { recursive: true });
  });
  return [join(dir, jarName)];
}
