import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { policy } from '../../src/cli/policy.ts';
import { compilePolicy } from '../../src/rules/door/compile-policy.ts';
import { rulesIn } from '../../src/cli/rules-of.ts';
import { fakeIo, folder } from './io.ts';

const file = (realm: string, clients: string, rules: string, head = ''): string =>
  `version: 1\nrealm: ${realm}\nclients: ${clients}\n${head}rules:\n${rules}`;
const rest = '  - { name: rest, then: [] }\n';
const files = {
  'closed.yaml': file('acme', '[closed]', '  - { name: closed, then: [refuse-registration] }\n'),
  'held.yaml': file('[acme, other]', '["it\'s", "partner-*"]', rest, 'hold: gate\n'),
  'open.yaml': file('acme', '[open]', rest),
  'asked.yaml': file(
    'acme',
    '[asked]',
    `  - { name: some, when: { locale: de }, then: [{ request-approval: { approvers: [a@b.example], hold: gate } }] }
  - { name: others, then: [refuse-registration] }
`,
  ),
  'everywhere.yaml': file('"*"', '[wiki]', rest),
};

async function printed(format: string, given: Record<string, string> = files) {
  const dir = await folder(given);
  const { io, out, err } = fakeIo();
  const code = await policy.run(['--rules', dir, '--format', format], io);
  return { code, out: out().replaceAll(/rules [0-9a-f]{12}/g, 'rules VERSION'), err: err(), dir };
}

describe('src/cli/policy', () => {
  it('prints the policy as it is published', async () => {
    const { code, out, dir } = await printed('json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(compilePolicy(await rulesIn(dir)));
  });

  it('prints a script that sets the attributes of each client, and takes back those that are left', async () => {
    const { out } = await printed('kcadm');
    expect(out.split('}\n')[1]).toBe(`set_client acme asked gate ''
set_client acme closed '' closed
set_client acme 'it'\\''s' gate ''
set_client acme open '' ''
set_client other 'it'\\''s' gate ''
# Set by hand, for each client partner-* of realm acme that is not named above: vestibule.hold=gate
# Set by hand, for each client partner-* of realm other that is not named above: vestibule.hold=gate
`);
  });

  it('prints a script that a shell runs: once for each client, and past one that Keycloak does not have', async () => {
    const { out } = await printed('kcadm');
    const dir = await folder({
      'kcadm.sh': `#!/bin/sh
case "$*" in
  *=open*) ;;
  get*) echo 0001 ;;
  *) printf '<%s>' "$@" && echo ;;
esac
`,
      'set.sh': out,
    });
    spawnSync('chmod', ['+x', join(dir, 'kcadm.sh')]);
    const { status, stdout, stderr } = spawnSync('sh', [join(dir, 'set.sh')], {
      encoding: 'utf8',
      env: { PATH: `${dir}:/usr/bin:/bin` },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'realm acme has no client open\n' });
    expect(stdout.split('\n')[0]).toBe(
      '<update><clients/0001><-r><acme><-s><attributes."vestibule.hold"=gate><-s><attributes."vestibule.registration"=>',
    );
    expect(stdout.trim().split('\n')).toHaveLength(4);
  });

  it('prints a map for Terraform', async () => {
    const { out } = await printed('terraform');
    expect(out).toBe(`# Client attributes for the rules VERSION. In each keycloak_openid_client of the realm "acme":
# extra_config = lookup(lookup(local.vestibule, "acme", {}), "CLIENT ID", {})
locals {
  vestibule = {
    "acme" = {
      "asked" = { "vestibule.hold" = "gate" }
      "closed" = { "vestibule.registration" = "closed" }
      "it's" = { "vestibule.hold" = "gate" }
    }
    "other" = {
      "it's" = { "vestibule.hold" = "gate" }
    }
  }
}
# Set by hand, for each client partner-* of realm acme that is not named above: vestibule.hold=gate
# Set by hand, for each client partner-* of realm other that is not named above: vestibule.hold=gate
`);
  });

  it('refuses rules that are not usable', async () => {
    await expect(printed('json', { 'a.yaml': 'version: 2\n' })).rejects.toThrow('are not usable');
  });
});
