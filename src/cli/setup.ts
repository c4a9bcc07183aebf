import { describe, planSetup } from '../operate/setup/plan.ts';
import { handOver } from '../operate/setup/hand-over.ts';
import { readGiven } from '../operate/setup/first-settings.ts';
import { RealmAdmin } from '../operate/setup/realm-admin.ts';
import { adminPassword } from './admin-login.ts';
import { command } from './command.ts';
import { missing } from './parse.ts';

export const setup = command({
  name: 'setup',
  summary: 'prepare a realm: events, listener, service account, gate; shows first what it will change',
  options: {
    realm: { value: 'REALM', required: true, about: 'the realm to prepare' },
    plan: { about: 'only show what would change' },
    yes: { about: 'do not ask' },
    prune: { about: 'take from the service account what it does not need' },
    'role-approvers': {
      about: 'rules ask holders of a role for approval: also grant view-realm, to read who holds it',
    },
    gate: {
      value: 'CLIENT',
      many: true,
      about: 'hold people who register for this client before the first token; needs the Keycloak provider',
    },
    'see-administrators': {
      about:
        'also grant view-clients, to see administrative roles that people were given directly; ' +
        'it reads the secrets of all clients too',
    },
    'settings-file': {
      value: 'FILE',
      about:
        'write the settings of "run" there, readable by you alone: the secret, keys that it makes, and what --set or ' +
        'the environment gives; the rest as blanks; a value that is there stays',
    },
    set: { value: 'NAME=VALUE', many: true, about: 'a setting for that file, such as KAFKA_BROKERS=kafka:9092' },
    'secret-file': { value: 'FILE', about: "write the client's secret there, readable by you alone" },
    'signing-key-file': {
      value: 'FILE',
      about:
        "make the key there with which Keycloak's listener signs registrations, if the file is not there yet; " +
        'default: event-signing-key beside --secret-file or --settings-file, or none when EVENT_SIGNING_KEY is set',
    },
    'keycloak-url': { value: 'URL', about: 'where Keycloak is; default: KEYCLOAK_URL' },
  },
  notes: [
    'The administrator is KEYCLOAK_ADMIN_USER with KEYCLOAK_ADMIN_PASSWORD (or ..._FILE).',
    'Exit code: 0 done or nothing to do, 1 refused, 2 could not run.',
  ],
  async run({ values }, io) {
    const url = values['keycloak-url'] ?? (io.env['KEYCLOAK_URL'] || undefined);
    const user = io.env['KEYCLOAK_ADMIN_USER'];
    const password = await adminPassword(io);
    if (url === undefined || user === undefined || password === undefined) {
      const needed = { KEYCLOAK_URL: url, KEYCLOAK_ADMIN_USER: user, KEYCLOAK_ADMIN_PASSWORD: password };
      throw missing(Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : [])));
    }
    const given = readGiven(values.set);
    if (values['settings-file'] === undefined && values.set.length > 0) {
      io.stderr('vestibule setup: --set is for the file that --settings-file names\n');
      return 2;
    }
    const clientId = io.env['KEYCLOAK_CLIENT_ID'] ?? 'vestibule';
    const admin = await RealmAdmin.login({ url, user, password }, values.realm, clientId);
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
    if (changes.length > 0 && !values.yes && !(await io.agreed?.('Change this?'))) {
      const remedy = io.agreed !== undefined ? '' : ' There is no terminal to ask in: add --yes to change it.';
      io.stderr(`Nothing was changed.${remedy}\n`);
      return 1;
    }
    for (const change of changes) {
      await admin.apply(change);
    }
    const about = await handOver({
      keycloakUrl: url,
      clientId,
      clientSecret: () => admin.secret(),
      clientIsNew: changes.some(({ kind }) => kind === 'create-client'),
      secretFile: values['secret-file'],
      settingsFile: values['settings-file'],
      signingKeyFile: values['signing-key-file'],
      given,
      env: io.env,
    });
    io.stdout(about);
    return 0;
  },
});
