import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { projectDir } from '../../stack/paths.ts';
import { onHighAdvisories } from '../run/advisories.ts';

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

const lock = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const { '': _root, ...packages } = lock.packages;
const entries = Object.entries(packages);
const used = entries.filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('package-lock.json', () => {
  it('pins each package to a content, from the registry', () => {
    expect(entries.length).toBeGreaterThan(200);
    expect(entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==/.test(integrity ?? ''))).toEqual([]);
    // Without an address the package comes from the registry; a git repository or a file would stand here.
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('has no package that the service needs a script at its installation for', () => {
    const scripts = used.filter(([, { hasInstallScript, optional }]) => hasInstallScript === true && optional !== true);
    expect(scripts.map(([path]) => path)).toEqual([]);
  });
});

describe('npm run sbom', () => {
  it('lists what the service runs with, in CycloneDX, each with its version and license', () => {
    const said = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: projectDir, encoding: 'utf8' });
    const { bomFormat, metadata, components } = JSON.parse(said) as {
      bomFormat: string;
      metadata: { component: { purl: string } };
      components: { name: string; version: string; licenses?: unknown[] }[];
    };
    expect([bomFormat, metadata.component.purl]).toEqual(['CycloneDX', expect.stringMatching(/^pkg:npm\/vestibule@/)]);
    const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
    expect(used.filter(([path, { version }]) => !listed.has(`${nameOf(path)}@${version}`))).toEqual([]);
    const names = new Set(used.map(([path]) => nameOf(path)));
    const unlicensed = components.filter(({ name, licenses = [] }) => names.has(name) && licenses.length === 0);
    expect(unlicensed.map(({ name }) => name)).toEqual([]);
  });
});

describe('npm run audit', () => {
  const answer = (vulnerabilities: Record<string, { severity: string }>) =>
    JSON.stringify({ vulnerabilities, metadata: { vulnerabilities: { total: Object.keys(vulnerabilities).length } } });

  it.each([
    ['no fault', answer({}), false, '0 known faults, none of them high'],
    ['a low one', answer({ a: { severity: 'low' } }), false, '1 known faults, none of them high'],
    ['a high one', answer({ a: { severity: 'low' }, b: { severity: 'high' } }), true, 'b (high)'],
    ['a critical one', answer({ c: { severity: 'critical' } }), true, 'c (critical)'],
    ['a registry that refuses', '{"message":"405 Method Not Allowed"}', false, 'could not ask the registry: 405'],
    ['no answer', '', false, 'could not ask the registry: no answer'],
  ])('knows %s', (_, given, failed, said) => {
    expect(onHighAdvisories(given)).toEqual({ failed, said: expect.stringContaining(said) });
  });
});
