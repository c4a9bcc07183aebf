import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { redirectUri } from '../../stack/realm.ts';
import { addGate } from './support/gate.ts';
import { linkIn, mailTo } from './support/inbox.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { actionOf, type Arrival, Visit } from './support/visit.ts';

const held = 'partner-portal';
const password = 'correct horse';
const gate = 'vestibule-pending';

let realm: TestRealm;

const setActions = async (username: string, requiredActions: readonly string[]) => {
  const user = await realm.userNamed(username);
  await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions: [...requiredActions] });
};
const release = async (username: string) => {
  const others = (await realm.userNamed(username))?.requiredActions?.filter((action) => action !== gate) ?? [];
  await setActions(username, others);
};
const hasCode = ({ location }: Arrival) => location?.searchParams.has('code') === true;
const atGate = ({ page }: Arrival) => page.includes('id="vestibule-pending"');

/** What Keycloak asks people for besides, what its page shows, and how a person does it. */
const others: readonly {
  readonly action: string;
  readonly sign: string;
  readonly act: (visit: Visit, shown: Arrival, username: string) => Promise<Arrival>;
}[] = [
  {
    action: 'TERMS_AND_CONDITIONS',
    sign: 'id="kc-accept"',
    act: (visit, shown) => visit.post(actionOf(shown), { accept: '' }),
  },
  {
    action: 'CONFIGURE_TOTP',
    sign: 'id="kc-totp-settings-form"',
    act: (visit, shown) => {
      const totpSecret = /name="totpSecret" value="([^"]*)"/.exec(shown.page)?.[1] ?? '';
      return visit.post(actionOf(shown), { totp: oneTimePassword(totpSecret), totpSecret, userLabel: 'phone' });
    },
  },
  {
    action: 'UPDATE_PASSWORD',
    sign: 'id="kc-passwd-update-form"',
    act: (visit, shown) =>
      visit.post(actionOf(shown), { 'password-new': `${password} two`, 'password-confirm': `${password} two` }),
  },
  {
    action: 'VERIFY_EMAIL',
    sign: 'You need to verify your email address',
    act: async (visit, _shown, username) =>
      visit.goTo(new URL(linkIn(await mailTo(`${username}@${realm.realm}.test`, 'Verify email')))),
  },
];

/** As RFC 6238 has it, with what Keycloak sets if nobody changes it. */
function oneTimePassword(secret: string): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

beforeAll(async () => {
  realm = await createRealm({ prefix: 'beside', clients: [{ clientId: held }] });
  const { hostname: host, port } = new URL(stackEnv.SMTP_URL);
  await realm.admin.realms.update(
    { realm: realm.realm },
    { smtpServer: { host, port, from: 'keycloak@acme.test' }, passwordPolicy: 'hashIterations(1) and length(12)' },
  );
  await addGate(realm.admin, realm.realm, [held]);
}, 120_000);

afterAll(() => realm?.dispose());

const visit = () => new Visit({ keycloakUrl: stackEnv.KEYCLOAK_URL, realm: realm.realm, clientId: held, redirectUri });
const register = async (username: string, secret = password) => {
  const someone = visit();
  const form = await someone.open({ prompt: 'create' });
  const shown = await someone.send(form, 'kc-register-form', {
    username,
    email: `${username}@${realm.realm}.test`,
    firstName: 'Mia',
    lastName: 'Meyer',
    password: secret,
    'password-confirm': secret,
  });
  return { someone, shown };
};
const logIn = async (username: string) => {
  const someone = visit();
  const shown = await someone.send(await someone.open(), 'kc-form-login', { username, password, credentialId: '' });
  return { someone, shown };
};
/** Asks again as the page does by itself. */
const lookAgain = (someone: Visit, { at }: Arrival) => someone.goTo(at);

/** Puts the gate's required action above or below another one. */
async function placeGate(where: 'above' | 'below', other: string): Promise<void> {
  const { authenticationManagement: flows } = realm.admin;
  for (const [alias, priority] of [
    [gate, where === 'above' ? 1_001 : 1_002],
    [other, where === 'above' ? 1_002 : 1_001],
  ] as const) {
    const action = await flows.getRequiredActionForAlias({ alias });
    await flows.updateRequiredAction({ alias }, { ...action, enabled: true, priority });
  }
}

describe.each(others)('the gate beside $action', ({ action, sign, act }) => {
  const name = (what: string) => `${what}-${action.toLowerCase().replaceAll('_', '-')}`;

  it('holds before it', async () => {
    const username = name('before');
    await placeGate('above', action);
    await register(username);
    await setActions(username, [gate, action]);
    const { someone, shown } = await logIn(username);
    expect(atGate(shown)).toBe(true);

    await release(username);
    const next = await lookAgain(someone, shown);

    expect(next.page).toContain(sign);
    expect(hasCode(await act(someone, next, username))).toBe(true);
  }, 60_000);

  it('holds after it', async () => {
    const username = name('after');
    await placeGate('below', action);
    await register(username);
    await setActions(username, [gate, action]);
    const { someone, shown } = await logIn(username);
    expect(shown.page).toContain(sign);

    const next = await act(someone, shown, username);

    expect(atGate(next)).toBe(true);
    expect((await realm.userNamed(username))?.requiredActions).toEqual([gate]);
    await release(username);
    expect(hasCode(await lookAgain(someone, next))).toBe(true);
  }, 60_000);

  it('is not seen by a person who is let in meanwhile', async () => {
    const username = name('beside');
    await placeGate('below', action);
    await register(username);
    await setActions(username, [gate, action]);
    const { someone, shown } = await logIn(username);
    expect(shown.page).toContain(sign);
    await release(username);

    expect(hasCode(await act(someone, shown, username))).toBe(true);
  }, 60_000);
});

describe('the gate beside a password policy', () => {
  it('comes after it: a password that is too short makes no account', async () => {
    const { someone, shown } = await register('short', 'horse');
    expect(shown.page).toContain('minimum length 12');
    expect(await realm.userNamed('short')).toBeUndefined();

    const next = await someone.send(shown, 'kc-register-form', {
      username: 'short',
      email: `short@${realm.realm}.test`,
      firstName: 'Mia',
      lastName: 'Meyer',
      password,
      'password-confirm': password,
    });

    expect(atGate(next)).toBe(true);
    expect((await realm.userNamed('short'))?.requiredActions).toEqual([gate]);
  }, 60_000);
});
