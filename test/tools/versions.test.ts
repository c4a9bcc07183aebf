import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { versions } from '../../stack/versions.ts';

const { keycloak, kafka } = versions;

/** Every place beside stack/versions.ts that names a version of what runs. */
const places: readonly [file: string, pattern: RegExp, version: string][] = [
  ['keycloak/pom.xml', /<keycloak\.version>(.*?)<\/keycloak\.version>/, keycloak],
  ['keycloak/pom.xml', /<kafka\.version>(.*?)<\/kafka\.version>/, kafka],
  ['keycloak/Dockerfile', /^ARG KEYCLOAK_VERSION=(.*)$/m, keycloak],
  ['docker-compose.yml', /image: apache\/kafka:(.*)$/m, kafka],
  ['package.json', /"@keycloak\/keycloak-admin-client": "(.*?)"/, keycloak],
];

describe('stack/versions', () => {
  it.each(places)('is what %s says by %s', (file, pattern, version) => {
    const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
    expect(pattern.exec(text)?.[1]).toBe(version);
  });
});
