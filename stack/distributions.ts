import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from './command.ts';
import { cacheDir, projectDir } from './paths.ts';
import { versions } from './versions.ts';

type Progress = (what: string) => void;

/** Options that Keycloak fixes at build time; a change of them is another build. */
const buildOptions = ['--db=dev-file', '--health-enabled=true', '--http-relative-path=/'];

/** Folder of Kafka's jars. */
export async function kafkaLibs(progress: Progress): Promise<string> {
  return cached(`kafka-${versions.kafka}`, async (dir) => {
    progress(`downloading Kafka ${versions.kafka}`);
    await writeFile(join(dir, 'pom.xml'), kafkaPom());
    await maven(dir, 'copy-dependencies', ['-DincludeScope=runtime', `-DoutputDirectory=${join(dir, 'libs')}`]);
  }).then((dir) => join(dir, 'libs'));
}

/**
 * A Keycloak with the given provider jars, already built, so that it starts in seconds.
 * Keyed by version, build options and the jars' contents.
 */
export async function keycloakHome(providers: readonly string[], progress: Progress): Promise<string> {
  const pristine = await cached(`keycloak-${versions.keycloak}`, async (dir) => {
    progress(`downloading Keycloak ${versions.keycloak}`);
    await maven(dir, 'copy', [
      `-Dartifact=org.keycloak:keycloak-quarkus-dist:${versions.keycloak}:zip`,
      `-DoutputDirectory=${dir}`,
    ]);
    await command('jar', ['xf', join(dir, `keycloak-quarkus-dist-${versions.keycloak}.zip`)], { cwd: dir });
    await rm(join(dir, `keycloak-quarkus-dist-${versions.keycloak}.zip`));
  });
  const hash = createHash('sha256').update(buildOptions.join(' '));
  for (const jar of providers) {
    hash.update(await readFile(jar));
  }
  const key = hash.digest('hex').slice(0, 12);
  const built = await cached(`keycloak-${versions.keycloak}-${key}`, async (dir) => {
    progress('building Keycloak with the provider, once');
    const home = join(dir, 'home');
    await cp(join(pristine, `keycloak-${versions.keycloak}`), home, { recursive: true });
    await chmod(join(home, 'bin', 'kc.sh'), 0o755);
    for (const jar of providers) {
      await copyFile(jar, join(home, 'providers', jar.split('/').at(-1) ?? 'provider.jar'));
    }
    await command(join(home, 'bin', 'kc.sh'), ['build', ...buildOptions]);
  });
  return join(built, 'home');
}

/** The provider's jar, built from `keycloak/` when its sources are newer than what was built last. */
export async function providerJar(progress: Progress): Promise<string> {
  const module = join(projectDir, 'keycloak');
  const hash = createHash('sha256');
  for (const file of await filesUnder(module)) {
    hash.update(file).update(await readFile(join(module, file)));
  }
  const dir = await cached(`provider-${hash.digest('hex').slice(0, 12)}`, async (target) => {
    progress('building the Keycloak provider');
    await command('mvn', ['-q', '-B', '-DskipTests', 'package'], { cwd: module });
    await copyFile(join(module, 'target', 'vestibule-keycloak.jar'), join(target, 'vestibule-keycloak.jar'));
  });
  return join(dir, 'vestibule-keycloak.jar');
}

/** A Redis server's binary: the system's, else a published one. */
export async function redisBinary(progress: Progress): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    const found = await command('sh', ['-c', `command -v ${name}`]).catch(() => '');
    if (found.trim() !== '') {
      return found.trim();
    }
  }
  const dir = await cached(`embedded-redis-${versions.embeddedRedis}`, async (target) => {
    progress('downloading Redis');
    const artifact = `com.github.codemonstur:embedded-redis:${versions.embeddedRedis}`;
    await maven(target, 'copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${target}`]);
    await command('jar', ['xf', join(target, `embedded-redis-${versions.embeddedRedis}.jar`)], { cwd: target });
  });
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const binary = (await filesUnder(dir)).find(
    (file) => file.includes('redis-server') && file.includes(`${platform}-${arch}`),
  );
  if (binary === undefined) {
    throw new Error(`no Redis for ${platform} ${arch}: install redis-server (Debian: apt-get install redis-server)`);
  }
  await chmod(join(dir, binary), 0o755);
  return join(dir, binary);
}

/** Makes a folder of the cache once. It gets its name only when it is whole, so an interrupted run leaves no half. */
async function cached(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const target = join(cacheDir, name);
  if (existsSync(target)) {
    return target;
  }
  await mkdir(cacheDir, { recursive: true });
  const half = await mkdtemp(join(cacheDir, `.half-${name}-`));
  try {
    await fill(half);
    await rename(half, target);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    if (!existsSync(target)) {
      throw error;
    }
  }
  return target;
}

async function maven(cwd: string, goal: string, args: readonly string[]): Promise<void> {
  await command(
    'mvn',
    ['-q', '-B', `org.apache.maven.plugins:maven-dependency-plugin:${versions.mavenDependencyPlugin}:${goal}`, ...args],
    { cwd },
  );
}

async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((file) => !file.startsWith('target/') && !file.endsWith('.md'))
    .toSorted();
}

function kafkaPom(): string {
  // kafka-tools is not published for 4.4.0 and the broker runs without it.
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.vestibule</groupId><artifactId>local-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${versions.kafka}</version>
      <exclusions><exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
`;
}
