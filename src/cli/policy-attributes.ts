import { type AttributedClient, clientAttributes } from '../rules/door/client-attributes.ts';
import type { DoorPolicy } from '../rules/door/policy.ts';

/** A shell script that sets the attributes of each client. Safe to repeat. */
export function asKcadm(policy: DoorPolicy): string {
  const { clients, patterns } = clientAttributes(policy);
  const calls = clients.map(({ realm, client, attributes }) => {
    const hold = attributes['vestibule.hold'] ?? '';
    const registration = attributes['vestibule.registration'] ?? '';
    return ['set_client', realm, client, hold, registration].map(shellWord).join(' ');
  });
  return [
    '#!/bin/sh',
    `# Client attributes for the rules ${policy.version}. Log in first: kcadm.sh config credentials`,
    'set -eu',
    'set_client() {',
    '  id=$(kcadm.sh get clients -r "$1" -q "clientId=$2" --fields id --format csv --noquotes)',
    '  if [ -z "$id" ]; then',
    '    echo "realm $1 has no client $2" >&2',
    '    return',
    '  fi',
    `  kcadm.sh update "clients/$id" -r "$1" -s "attributes.\\"vestibule.hold\\"=$3" \\`,
    `    -s "attributes.\\"vestibule.registration\\"=$4"`,
    '}',
    ...calls,
    ...patterns.flatMap(patternComment),
    '',
  ].join('\n');
}

/** A map by realm and client. Each client's resource takes its part. */
export function asTerraform(policy: DoorPolicy): string {
  const { clients, patterns } = clientAttributes(policy);
  const needy = clients.filter(({ attributes }) => Object.keys(attributes).length > 0);
  const realms = [...new Set(needy.map(({ realm }) => realm))];
  return [
    `# Client attributes for the rules ${policy.version}. In each keycloak_openid_client of the realm "acme":`,
    '# extra_config = lookup(lookup(local.vestibule, "acme", {}), "CLIENT ID", {})',
    'locals {',
    '  vestibule = {',
    ...realms.flatMap((realm) => [
      `    ${hclString(realm)} = {`,
      ...needy
        .filter((one) => one.realm === realm)
        .map(({ client, attributes }) => {
          const pairs = Object.entries(attributes).map(([name, value]) => `${hclString(name)} = ${hclString(value)}`);
          return `      ${hclString(client)} = { ${pairs.join(', ')} }`;
        }),
      '    }',
    ]),
    '  }',
    '}',
    ...patterns.flatMap(patternComment),
    '',
  ].join('\n');
}

function patternComment({ realm, client, attributes }: AttributedClient): string[] {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0
    ? []
    : [`# Set by hand, for each client ${client} of realm ${realm} that is not named above: ${pairs.join(', ')}`];
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function hclString(text: string): string {
  return JSON.stringify(text); // no "${" or "%{": rule files refuse "{" in names
}
