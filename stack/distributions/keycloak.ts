import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { cached, mavenDependency, type Progress } from '../cache.ts';
import { command } from '../command.ts';
import { choosePorts } from '../ports.ts';
import { versions } from '../versions.ts';

/** First administrator of the master realm. Local stacks only, which listen on loopback. */
export const keycloakAdmin = { user: 'admin', password: 'admin' } as const;

/** Options that Keycloak fixes at build time; a change of them is another build. */
const buildOptions = (database: DatabaseKind): string[] => [
  `--db=${database}`,
  '--health-enabled=true',
  '--metrics-enabled=false',
];
export type DatabaseKind = 'dev-file' | 'postgres';

/** Starts in half the time and half the memory of the default; halves the rate of logins, too. */
export const quickStartJava = '-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC';

/**
 * A Keycloak with the given provider jars, already built, so that it starts in seconds.
 * Keyed by version, build options and the jars' contents.
 */
export async function keycloakHome(
  providers: readonly string[],
  progress: Progress,
  database: DatabaseKind = 'dev-file',
): Promise<string> {
  const pristine = await distribution(progress);
  const options = buildOptions(database);
  const hash = createHash('sha256').update(options.join(' '));
  for (const jar of providers) {
    hash.update(await readFile(jar));
  }
  const key = hash.digest('hex').slice(0, 12);
  const built = await cached(`keycloak-${versions.keycloak}-${key}`, async (dir) => {
    progress(`Keycloak: building it ${providers.length === 0 ? 'without a' : 'with the'} provider, once`);
    const home = join(dir, 'home');
    await cp(pristine, home, { recursive: true });
    await chmod(join(home, 'bin', 'kc.sh'), 0o755); // "jar", which unpacked it, knows no permissions
    for (const jar of providers) {
      await copyFile(jar, join(home, 'providers', basename(jar)));
    }
    await command(join(home, 'bin', 'kc.sh'), ['build', ...options], { env: quickJava() });
  });
  return join(built, 'home');
}

/**
 * A database with the schema, the master realm and its administrator. A first start makes these too, but takes twice as
 * long for it, so each new stack begins with a copy. Its keys are then the same in each: for loopback only.
 */
export async function keycloakDatabase(home: string, progress: Progress): Promise<string> {
  const dir = await cached(`keycloak-${versions.keycloak}-database`, async (target) => {
    progress('Keycloak: preparing its database, once');
    const { keycloakManagement } = await choosePorts(false);
    await command(
      join(home, 'bin', 'kc.sh'),
      [
        'bootstrap-admin',
        'user',
        '--optimized',
        '--no-prompt',
        `--username=${keycloakAdmin.user}`,
        '--password:env=STACK_ADMIN_PASSWORD',
        '--cache=local',
        `--db-url=${databaseUrl(target)}`,
        `--http-management-port=${keycloakManagement}`,
        ...listenerOptions('127.0.0.1:9'), // it must be named, and is not used here
      ],
      { env: { ...quickJava(), STACK_ADMIN_PASSWORD: keycloakAdmin.password } },
    );
  });
  return join(dir, databaseFile);
}

export const databaseFile = 'keycloak.mv.db';

export function databaseUrl(dir: string): string {
  return `jdbc:h2:file:${dir}/keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`;
}

/** For a stack on this machine alone, like the administrator's password. */
export const signingKey = 'no-secret-only-for-a-stack-on-one-machine';

/** Settings of our event listener. A Keycloak without the provider passes over them. */
export function listenerOptions(kafkaBrokers: string): string[] {
  return [
    `--spi-events-listener--vestibule--bootstrap-servers=${kafkaBrokers}`,
    '--spi-events-listener--vestibule--topic=keycloak.events',
    `--spi-events-listener--vestibule--signing-key=${signingKey}`,
    // A realm that no rules name is open, whether or not any service has published a policy before.
    '--spi-events-listener--vestibule--without-policy=open',
  ];
}

async function distribution(progress: Progress): Promise<string> {
  const name = `keycloak-${versions.keycloak}`;
  const dir = await cached(name, async (target) => {
    progress(`Keycloak: downloading ${versions.keycloak}, once (180 MB)`);
    const artifact = `org.keycloak:keycloak-quarkus-dist:${versions.keycloak}:zip`;
    await mavenDependency(target, 'copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${target}`]);
    const zip = join(target, `keycloak-quarkus-dist-${versions.keycloak}.zip`);
    await command('jar', ['xf', zip], { cwd: target });
    await rm(zip);
  });
  return join(dir, name);
}

function quickJava(): NodeJS.ProcessEnv {
  return { ...process.env, JAVA_OPTS_APPEND: quickStartJava };
}
