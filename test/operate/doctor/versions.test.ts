import { describe, expect, it } from '@jest/globals';

import {
  keycloakVersionFindings,
  nodeFindings,
  providerVersionFindings,
} from '../../../src/operate/doctor/versions.ts';
import { packageFacts } from '../../../src/platform/package-facts.ts';

const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id).join();

describe('src/operate/doctor/versions', () => {
  it.each([
    ['node-old', '18.20.4'],
    ['node-old', '20.9.0'],
    ['node', '20.19.0'],
    ['node', '24.1.0'],
  ])('says %s of Node.js %s', (id, version) => {
    expect(ids(nodeFindings(version, packageFacts().engines.node))).toBe(id);
  });

  it.each([
    ['keycloak-old', '25.0.6'],
    ['keycloak-version', '26.0.0'],
    ['keycloak-version', '26.7.4'],
    ['keycloak-version', null],
  ])('says %s of Keycloak %s', (id, version) => {
    expect(ids(keycloakVersionFindings(version))).toBe(id);
  });

  it('finds provider-version, and nothing where no provider is seen', () => {
    expect(ids(providerVersionFindings('0.0.9', '0.1.0'))).toBe('provider-version');
    expect(ids(providerVersionFindings('0.1.0', '0.1.0'))).toBe('');
    expect(ids(providerVersionFindings(null, '0.1.0'))).toBe('');
  });
});
