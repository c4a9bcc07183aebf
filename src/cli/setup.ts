import { readField } from '../operate/setup/field/plan.ts';
import type { Field } from '../operate/setup/field/state.ts';
import { describe } from '../operate/setup/plan.ts';
import { handOver } from '../operate/setup/hand-over.ts';
import { readGiven } from '../operate/setup/first-settings.ts';
import type { AdminLogin } from '../operate/setup/admin-login.ts';
import { RealmAdmin } from '../operate/setup/realm-admin.ts';
import type { Plan } from '../operate/setup/realm-state.ts';
import { removalPlan, setupPlan } from '../operate/setup/setup-realm.ts';
import { adminPassword } from './admin-login.ts';
import { command, type Io } from './command.ts';
import { missing, UsageError } from './parse.ts';

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
    'client-role-approvers': {
      about:
        'the same for holders of a role of a client: also grant view-clients, which reads the secrets of all clients too',
    },
    door: {
      about:
        'put the door and the gate into the flows by which people register, in copies, and bind these; needs the ' +
        'Keycloak provider',
    },
    remove: { about: 'with --door: bind the flows again that were bound before, and delete the copies' },
    'while-people-wait': { about: 'with --remove: also while people wait at the gate' },
    gate: {
      value: 'CLIENT',
      many: true,
      about: 'hold people who register for this client before the first token; needs the Keycloak provider',
    },
    field: {
      value: 'CLIENT:ATTRIBUTE',
      many: true,
      about: 'ask for this attribute, and require it, in registrations through this client and no other',
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
    if ((values.remove && !values.door) || (values['while-people-wait'] && !values.remove)) {
      throw new UsageError(values.remove ? '--remove goes with --door' : '--while-people-wait goes with --remove');
    }
    const fields = values.field.map(fieldOf);
    const login = await loginOf(values['keycloak-url'], io);
    const given = readGiven(values.set);
    if (values['settings-file'] === undefined && values.set.length > 0) {
      io.stderr('vestibule setup: --set is for the file that --settings-file names\n');
      return 2;
    }
    const clientId = io.env['KEYCLOAK_CLIENT_ID'] ?? 'vestibule';
    const admin = await RealmAdmin.login(login, values.realm, clientId);
    const plan = values.remove
      ? await removalPlan(admin, values['while-people-wait'])
      : await setupPlan(admin, {
          prune: values.prune,
          roleApprovers: values['role-approvers'],
          clientRoleApprovers: values['client-role-approvers'],
          gates: values.gate,
          seeAdministrators: values['see-administrators'],
          door: values.door,
          fields,
        });
    const refused = await show(plan, values, io);
    if (refused !== null) {
      return refused;
    }
    for (const change of plan.changes) {
      await admin.apply(change);
    }
    if (values.remove) {
      return 0;
    }
    const about = await handOver({
      keycloakUrl: login.url,
      clientId,
      clientSecret: () => admin.secret(),
      clientIsNew: plan.changes.some(({ kind }) => kind === 'create-client'),
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

/** @throws UsageError */
function fieldOf(text: string): Field {
  const field = readField(text);
  if (field === null) {
    throw new UsageError(`--field must be CLIENT:ATTRIBUTE, such as partner-portal:company_name, not "${text}"`);
  }
  return field;
}

/** @throws UsageError */
async function loginOf(given: string | undefined, io: Io): Promise<AdminLogin> {
  const url = given ?? (io.env['KEYCLOAK_URL'] || undefined);
  const user = io.env['KEYCLOAK_ADMIN_USER'];
  const password = await adminPassword(io);
  if (url === undefined || user === undefined || password === undefined) {
    const needed = { KEYCLOAK_URL: url, KEYCLOAK_ADMIN_USER: user, KEYCLOAK_ADMIN_PASSWORD: password };
    throw missing(Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : [])));
  }
  return { url, user, password };
}

interface Asked {
  readonly realm: string;
  readonly plan: boolean;
  readonly yes: boolean;
}

/** Shows the plan, and asks. @returns the exit code where nothing is to be changed; `null`: go on */
async function show({ changes, notes, obstacles }: Plan, { realm, plan, yes }: Asked, io: Io): Promise<number | null> {
  if (obstacles.length > 0) {
    io.stderr(`Realm ${realm}, nothing was changed:\n${obstacles.map((line) => `  - ${line}\n`).join('')}`);
    return 2;
  }
  io.stdout(
    changes.length === 0
      ? `Realm ${realm}: nothing to change.\n`
      : `Realm ${realm}:\n${changes.map((change) => `  - ${describe(change)}\n`).join('')}`,
  );
  io.stdout(notes.map((note) => `Note: ${note}\n`).join(''));
  if (plan) {
    return 0;
  }
  if (changes.length > 0 && !yes && !(await io.agreed?.('Change this?'))) {
    const remedy = io.agreed !== undefined ? '' : ' There is no terminal to ask in: add --yes to change it.';
    io.stderr(`Nothing was changed.${remedy}\n`);
    return 1;
  }
  return null;
}
