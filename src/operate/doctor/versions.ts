import { error, type Finding, fine, holding, warning } from './finding.ts';

/** `26.7.4` against `26.0`: below 0 when older. */
function compare(left: string, right: string): number {
  const [these, those] = [left, right].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  const difference = (these ?? []).map((part, index) => part - (those?.[index] ?? 0)).find((part) => part !== 0);
  return difference ?? 0;
}

/** @param wanted `engines.node` of our package, such as `>=20.19` */
export function nodeFindings(running: string, wanted: string): Finding[] {
  const least = wanted.replace(/^\D*/, '');
  return compare(running, least) < 0
    ? [error('node-old', `this is Node.js ${running}`, `use ${least} or newer`)]
    : [fine('node', `Node.js ${running}`)];
}

/** Oldest major version that the service was tried with. */
const leastKeycloak = '26.0.0';

/** @param version `null`: not visible */
export function keycloakVersionFindings(version: string | null): Finding[] {
  if (version === null) {
    return [fine('keycloak-version', "Keycloak's version is not visible with these rights")];
  }
  return compare(version, leastKeycloak) < 0
    ? [error('keycloak-old', `this is Keycloak ${version}`, 'use 26 or newer; older ones were not tried')]
    : [fine('keycloak-version', `Keycloak ${version}`)];
}

/** @param provider version of our Keycloak provider; `null`: not installed, or not visible */
export function providerVersionFindings(provider: string | null, service: string): Finding[] {
  return holding([
    provider !== null && compare(provider, service) !== 0,
    () =>
      warning(
        'provider-version',
        `the Keycloak provider is version ${provider}, this service ${service}`,
        'install the vestibule-keycloak.jar of the same version, and run "kc.sh build"',
      ),
  ]);
}
