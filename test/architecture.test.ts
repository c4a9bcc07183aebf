import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const src = join(import.meta.dirname, '../src');

/**
 * What the core may import from this project. Lint names what it must not (.oxlintrc.json); this also holds what is
 * added to `src/` one day, and what may be brought in from outside.
 */
const allowed = {
  registration: ['registration', 'rules', 'errors.ts', 'mac.ts', 'typed.ts', 'zod'],
  rules: ['registration', 'rules', 'errors.ts', 'typed.ts', 'ipaddr.js', 'pino', 're2js', 'yaml', 'zod'],
  approval: ['approval', 'audit.ts', 'errors.ts', 'i18n', 'mac.ts', 'registration', 'rules', 'typed.ts'],
} as const;

/** Imports of a file: by folder or file below `src`, or by the package's name. */
function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => (name.startsWith('.') ? (relative(src, join(file, '..', name)).split('/')[0] ?? '') : name));
}

describe('the architecture', () => {
  it.each(Object.entries(allowed))('%s imports %j, and nothing else', (folder, names) => {
    const files = readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const outward = files.flatMap((name) =>
      importsOf(join(src, folder, name))
        .filter((target) => !names.some((known) => known === target))
        .map((target) => `src/${folder}/${name} imports ${target}`),
    );
    expect(files.length).toBeGreaterThan(2);
    expect(outward).toEqual([]);
  });

  it('verifies every certificate: no file turns that off', () => {
    const files = ['../src', '../workers'].flatMap((folder) =>
      readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(import.meta.dirname, folder, name)),
    );
    const off = /rejectUnauthorized['"]?\s*:|checkServerIdentity|NODE_TLS_REJECT_UNAUTHORIZED/;
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => off.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
