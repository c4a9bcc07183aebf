import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';

import { describe, planSetup } from '../operate/setup/plan.ts';
import { aboutSigningKey, makeSigningKey, signingKeyFile } from '../operate/setup/signing-key.ts';
import { RealmAdmin } from '../operate/setup/realm-admin.ts';
import { adminPassword } from './admin-login.ts';
import type { Command } from './command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'prepare a realm: events, listener, service account, gate; shows first what it will change',
  usage: `vestibule setup --realm REALM [--plan] [--yes] [--prune] [--role-approvers] [--see-administrators]
                [--gate CLIENT]... [--secret-file FILE] [--signing-key-file FILE] [--keycloak-url URL]

  --realm REALM     the realm to prepare
  --plan            only show what would change
  --yes             do not ask
  --prune           take from the service account what it does not need
  --role-approvers  rules ask holders of a role for approval: also grant view-realm, to read who holds it
  --gate CLIENT     hold whoever registers for this client before the first token; takes the Keycloak provider; repeatable
  --see-administrators  also grant view-clients, to see administrative roles that people were given directly;
                    it reads the secrets of all clients too
  --secret-file     write the client's secret there, readable by you alone
  --signing-key-file  make the key there with which Keycloak's listener signs registrations, unless the file is there;
                    event-signing-key beside --secret-file unless said, or not at all when EVENT_SIGNING_KEY is set

Keycloak is found by KEYCLOAK_URL, the administrator by KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD (or ..._FILE).
Exit code: 0 done or nothing to do, 1 refused, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        realm: { type: 'string' },
        plan: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        prune: { type: 'boolean', default: false },
        'role-approvers': { type: 'boolean', default: false },
        gate: { type: 'string', multiple: true, default: [] },
        'see-administrators': { type: 'boolean', default: false },
        'secret-file': { type: 'string' },
        'signing-key-file': { type: 'string' },
        'keycloak-url': { type: 'string' },
      },
    });
    const url = values['keycloak-url'] ?? io.env['KEYCLOAK_URL'];
    const user = io.env['KEYCLOAK_ADMIN_USER'];
    const password = await adminPassword(io);
    const missing = [
      ...(values.realm === undefined ? ['--realm'] : []),
      ...(url === undefined ? ['KEYCLOAK_URL'] : []),
      ...(user === undefined ? ['KEYCLOAK_ADMIN_USER'] : []),
      ...(password === undefined ? ['KEYCLOAK_ADMIN_PASSWORD'] : []),
    ];
    if (values.realm === undefined || url === undefined || user === undefined || password === undefined) {
      io.stderr(`vestibule setup: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing\n`);
      return 2;
    }
    const admin = await RealmAdmin.login(
      { url, user, password },
      values.realm,
      io.env['KEYCLOAK_CLIENT_ID'] ?? 'vestibule',
    );
    const { changes, notes, obstacles } = planSetup(await admin.state(values.gate), {
      prune: values.prune,
      roleApprovers: values['role-approvers'],
      gates: values.gate,
      seeAdministrators: values['see-administrators'],
    });
    if (obstacles.length > 0) {
      io.stderr(`Realm ${values.realm}, nothing was changed:\n${obstacles.map((line) => `  - ${line}\n`).join('')}`);
      return 2;
    }
    io.stdout(
      changes.length === 0
        ? `Realm ${values.realm}: nothing to change.\n`
        : `Realm ${values.realm}:\n${changes.map((change) => `  - ${describe(change)}\n`).join('')}`,
    );
    io.stdout(notes.map((note) => `Note: ${note}\n`).join(''));
    if (values.plan) {
      return 0;
    }
    if (changes.length > 0 && !values.yes && !(await agreed())) {
      io.stderr('Nothing was changed.\n');
      return 1;
    }
    for (const change of changes) {
      await admin.apply(change);
    }
    const file = values['secret-file'];
    if (file !== undefined) {
      await writeFile(file, `${await admin.secret()}\n`, { mode: 0o600 });
      io.stdout(`The client's secret is in ${file}: KEYCLOAK_CLIENT_SECRET_FILE=${file}\n`);
    } else if (changes.some(({ kind }) => kind === 'create-client')) {
      io.stdout("The client's secret: run again with --secret-file FILE, or look in the admin console.\n");
    }
    const hasKey = Boolean(io.env['EVENT_SIGNING_KEY']) || Boolean(io.env['EVENT_SIGNING_KEY_FILE']);
    const beside = file === undefined || hasKey ? undefined : signingKeyFile(file);
    const keyFile = values['signing-key-file'] ?? beside;
    if (keyFile !== undefined) {
      io.stdout(aboutSigningKey(await makeSigningKey(keyFile)));
    }
    return 0;
  },
};

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Change this? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
