import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import { redirectUri } from '../../stack/realm.ts';
import { openBrowser, phone } from './support/browser.ts';
import { addBrokerDoor, addDoor, doorPublisher, providerInfo } from './support/door.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { type OwnKeycloak, startOwnKeycloak } from './support/own-keycloak.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';
import { actionOf, type Arrival, messageAt, Visit } from './support/visit.ts';

const closed = 'closed-portal';
const byAttribute = 'closed-by-attribute';
const partners = 'partner-portal';
const changing = 'changing-portal';
const shop = 'shop';
const clients = [closed, byAttribute, partners, changing, shop];
const alias = 'head-office';
const password = 'correct horse';
const home = 'https://portal.example.test/';

const always = (message: unknown) => ({ rule: 'closed', line: 3, when: null, door: 'refuse', message, field: null });
const is = (key: string, operand: unknown) => ({ kind: 'is', key, operand });
const refuse = (rule: string, when: unknown, message: unknown, field: string | null) => ({
  rule,
  line: 9,
  when,
  door: 'refuse',
  message,
  field,
});
const own = { en: 'No <b>robots</b> & co', de: 'Keine <b>Roboter</b> & Co' };

let keycloak: OwnKeycloak;
let realm: TestRealm;
/** Another realm of the same server, as the identity provider. */
let office: TestRealm;
/** The door policy is there. */
const topic = `door-${randomUUID().slice(0, 8)}`;
let door: Awaited<ReturnType<typeof doorPublisher>>;

/** The lists by client; the others are open. */
const policyOf = (lists: Readonly<Record<string, { readonly hold: boolean; readonly rules: readonly unknown[] }>>) => ({
  entries: Object.keys(lists).map((client, list) => ({ realm: realm.realm, client, list })),
  lists: Object.entries(lists).map(([client, list]) => ({ file: `${client}.yaml`, ...list })),
});
const usual = {
  [closed]: { hold: false, rules: [always('closed')] },
  [partners]: {
    hold: true,
    rules: [
      refuse('throwaway mail', is('email-domain', { exact: ['trash.test'], globs: [] }), 'other-address', 'email'),
      refuse('robots', is('username', { globs: ['robot*'] }), own, 'username'),
      refuse('office staff', is('source', ['broker:*']), 'other-network', null),
      refuse(
        'strangers',
        { kind: 'all', of: [is('email', { globs: ['*@stranger.test'] }), is('source', ['form'])] },
        'try-later',
        null,
      ),
    ],
  },
};

beforeAll(async () => {
  keycloak = await startOwnKeycloak(stackEnv.KAFKA_BROKERS, [
    `--spi-events-listener--vestibule--door-topic=${topic}`,
    '--spi-events-listener--vestibule--without-policy=gate',
  ]);
  [realm, office] = await Promise.all([
    createRealm({ prefix: 'door', clients: clients.map((clientId) => ({ clientId })) }, keycloak.env),
    createRealm({ prefix: 'office', clients: [] }, keycloak.env),
  ]);
  await realm.admin.realms.update(
    { realm: realm.realm },
    { eventsEnabled: true, enabledEventTypes: ['REGISTER_ERROR'] },
  );
  for (const clientId of [closed, byAttribute]) {
    const [client] = await realm.admin.clients.find({ clientId });
    const attributes = clientId === byAttribute ? { 'vestibule.registration': 'closed' } : {};
    await realm.admin.clients.update(
      { id: client?.id ?? '' },
      {
        ...client,
        name: 'Portal <of> & Partners',
        baseUrl: home,
        attributes: { ...client?.attributes, ...attributes },
      },
    );
  }
  await addDoor(realm.admin, realm.realm);
  await addOffice();
  door = await doorPublisher(topic, keycloak.env);
}, 300_000);

afterAll(async () => {
  await door?.close();
  await realm?.dispose();
  await office?.dispose();
  await keycloak?.dispose();
}, 60_000);

async function addOffice(): Promise<void> {
  const endpoints = `${keycloak.env.KEYCLOAK_URL}/realms/${office.realm}/protocol/openid-connect`;
  const clientId = 'brokering-realm';
  const secret = 'between the realms';
  await office.admin.clients.create({
    clientId,
    secret,
    redirectUris: [`${keycloak.env.KEYCLOAK_URL}/realms/${realm.realm}/broker/${alias}/endpoint`],
  });
  await realm.admin.identityProviders.create({
    alias,
    providerId: 'oidc',
    firstBrokerLoginFlowAlias: await addBrokerDoor(realm.admin),
    config: {
      authorizationUrl: `${endpoints}/auth`,
      tokenUrl: `${endpoints}/token`,
      clientId,
      clientSecret: secret,
      clientAuthMethod: 'client_secret_post',
      defaultScope: 'openid profile email',
      syncMode: 'IMPORT',
    },
  });
}

const visit = (clientId: string, locale?: string) =>
  new Visit({
    keycloakUrl: keycloak.env.KEYCLOAK_URL,
    realm: realm.realm,
    clientId,
    redirectUri,
    ...(locale === undefined ? {} : { locale }),
  });
const person = (username: string, email = `${username}@example.test`) => ({
  username,
  email,
  firstName: 'Mia',
  lastName: 'Meyer',
  password,
  'password-confirm': password,
});
const create = { prompt: 'create' };
const register = (clientId: string, username: string, email?: string, locale?: string) => {
  const someone = visit(clientId, locale);
  return someone.open(create).then((form) => someone.send(form, 'kc-register-form', person(username, email)));
};
const hasCode = ({ location }: Arrival) => location?.searchParams.has('code') === true;
const hasLink = ({ page }: Arrival) => /<a[^>]*href="[^"]*\/login-actions\/registration\?/.test(page);
const messageAbove = ({ page }: Arrival) => /pf-v5-c-alert__title[^"]*">([^]*?)<\/span>/.exec(page)?.[1];
/** The events of an error of this kind, the latest first. */
const refusals = async (error: string, client: string) => {
  const events = await realm.admin.realms.findEvents({ realm: realm.realm, client, type: ['REGISTER_ERROR'] });
  return events.filter((event) => event.error === error);
};

describe('the door, before a policy is there', () => {
  it('holds everybody, and obeys a client that is closed', async () => {
    expect((await register(shop, 'early')).page).toContain('data-state="vestibuleArrived"');
    expect((await visit(byAttribute).open(create)).status).toBe(403);
  }, 60_000);
});

describe('the door, with a policy', () => {
  beforeAll(async () => {
    await door.publish(policyOf(usual));
  }, 60_000);

  describe('of a client that is closed', () => {
    it.each([closed, byAttribute])('shows no link to the form, nor after a wrong password (%s)', async (clientId) => {
      const someone = visit(clientId);
      const form = await someone.open();
      const again = await someone.send(form, 'kc-form-login', {
        username: 'nobody',
        password: 'wrong',
        credentialId: '',
      });

      expect(form.page).toContain('kc-form-login');
      expect(hasLink(form)).toBe(false);
      expect(again.page).toContain('Invalid username or password');
      expect(hasLink(again)).toBe(false);
    });

    it('shows the link at the other clients', async () => {
      expect(hasLink(await visit(shop).open())).toBe(true);
      expect(hasLink(await visit(partners).open())).toBe(true);
    });

    it('shows no link where the user name is asked for first', async () => {
      const flow = await userNameFirst();
      const usedBefore = (await realm.admin.realms.findOne({ realm: realm.realm }))?.browserFlow ?? 'browser';
      await realm.admin.realms.update({ realm: realm.realm }, { browserFlow: flow });
      try {
        const someone = visit(closed);
        const form = await someone.open();
        const again = await someone.send(form, 'kc-form-login', { username: 'nobody' });

        expect(form.page).not.toContain('type="password"');
        expect([hasLink(form), hasLink(again)]).toEqual([false, false]);
        expect(hasLink(await visit(shop).open())).toBe(true);
      } finally {
        await realm.admin.realms.update({ realm: realm.realm }, { browserFlow: usedBefore });
      }
    });

    it.each([
      ['en', 'Registration is closed', 'New accounts cannot be registered here'],
      ['de', 'Registrierung geschlossen', 'Hier können keine neuen Konten registriert werden'],
      ['fr', 'Les inscriptions sont fermées', 'Il n’est pas possible de créer un compte ici'],
    ])(
      'answers who asks for the form with a page that leads back to the application (%s)',
      async (locale, title, text) => {
        const { status, page } = await visit(closed, locale).open(create);

        expect(status).toBe(403);
        expect(page).toContain(title);
        expect(page).toContain(text);
        expect(page).toContain(`href="${home}"`);
        expect(page).toContain('Portal &lt;of&gt; &amp; Partners');
        expect(page).not.toContain('kc-register-form');
      },
    );

    it('answers the same to the address that the link has, and to that for applications', async () => {
      const someone = visit(closed);
      const login = await someone.open();
      const { searchParams } = actionOf(login);
      const registration = new URL(`${keycloak.env.KEYCLOAK_URL}/realms/${realm.realm}/login-actions/registration`);
      for (const name of ['client_id', 'tab_id', 'client_data']) {
        registration.searchParams.set(name, searchParams.get(name) ?? '');
      }
      const forApplications = new URL(
        `${keycloak.env.KEYCLOAK_URL}/realms/${realm.realm}/protocol/openid-connect/registrations`,
      );
      forApplications.search = new URLSearchParams({
        client_id: closed,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'openid',
      }).toString();

      expect((await someone.goTo(registration)).status).toBe(403);
      expect((await visit(closed).goTo(forApplications)).status).toBe(403);
    });

    it('says it in another language to a person who chooses one on the page', async () => {
      const someone = visit(closed);
      const { page, at } = await someone.open(create);
      const german = /value="([^"]*kc_locale=de[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const again = await someone.goTo(new URL(german, at));

      expect(again.status).toBe(403);
      expect(again.page).toContain('Registrierung geschlossen');
    });

    it('lets a person go from the page to the login', async () => {
      const someone = visit(closed);
      const { status, page } = await someone.click(await someone.open(create), 'vestibule-log-in');

      expect(status).toBe(200);
      expect(page).toContain('kc-form-login');
    });

    it('says so in an event, with the rule', async () => {
      const version = await door.publish(policyOf(usual));
      await visit(closed).open(create);

      const [refusal] = await refusals('registration_closed', closed);
      expect(refusal).toMatchObject({
        type: 'REGISTER_ERROR',
        clientId: closed,
        details: {
          register_method: 'form',
          vestibule_rule: 'closed',
          vestibule_file: `${closed}.yaml`,
          vestibule_policy: version,
        },
      });
    }, 60_000);

    it('makes no account of a form that nobody was shown', async () => {
      const someone = visit(closed);
      const login = await someone.open();
      const post = actionOf(login);
      post.pathname = post.pathname.replace(/[^/]*$/, 'registration');
      const steps = await realm.admin.authenticationManagement.getExecutions({ flow: 'registration with door' });
      const form = steps.find(({ providerId }) => providerId === 'registration-page-form');
      for (const execution of [form?.id ?? '', post.searchParams.get('execution') ?? '']) {
        post.searchParams.set('execution', execution);
        expect(hasCode(await someone.post(post, person('intruder')))).toBe(false);
      }

      expect(await realm.userNamed('intruder')).toBeUndefined();
    });
  });

  it('refuses a form that was open when its client was closed', async () => {
    const someone = visit(changing);
    const form = await someone.open(create);
    const version = await door.publish(
      policyOf({ ...usual, [changing]: { hold: false, rules: [always('invitation-only')] } }),
    );
    const answer = await someone.send(form, 'kc-register-form', person('late'));

    expect(messageAbove(answer)).toContain('You need an invitation to register here');
    expect(answer.page).toContain('value="late"');
    expect(await realm.userNamed('late')).toBeUndefined();
    const [refusal] = await refusals('registration_refused', changing);
    expect(refusal).toMatchObject({
      type: 'REGISTER_ERROR',
      details: { vestibule_rule: 'closed', vestibule_policy: version, username: 'late' },
    });
  }, 60_000);

  it.each([
    ['en', 'This e-mail address cannot be used here'],
    ['de', 'Diese E-Mail-Adresse kann hier nicht verwendet werden'],
    ['fr', 'Cette adresse e-mail ne peut pas être utilisée ici'],
  ])('says at the field what is wrong with it (%s)', async (locale, text) => {
    const answer = await register(partners, 'tina', 'tina@Trash.test', locale);

    expect(messageAt(answer, 'email')).toContain(text);
    expect(messageAbove(answer)).toBeUndefined();
    expect(await realm.userNamed('tina')).toBeUndefined();
  });

  it.each([
    ['en', 'No &lt;\u2060b&gt;robots&lt;\u2060/b&gt; &amp;\u2060 co'],
    ['de', 'Keine &lt;\u2060b&gt;Roboter&lt;\u2060/b&gt; &amp;\u2060 Co'],
    ['fr', 'No &lt;\u2060b&gt;robots&lt;\u2060/b&gt; &amp;\u2060 co'],
  ])("shows the operator's own text, as text (%s)", async (locale, text) => {
    expect(messageAt(await register(partners, 'Robot7', undefined, locale), 'username')).toBe(text);
  });

  it('shows its message above the form where it is about no field', async () => {
    const answer = await register(partners, 'stella', 'stella@stranger.test');

    expect(messageAbove(answer)).toContain('Registration is not possible at the moment');
    expect(await realm.userNamed('stella')).toBeUndefined();
  });

  it('says beside it what else is wrong with the form', async () => {
    const someone = visit(partners);
    const form = await someone.open(create);
    const answer = await someone.send(form, 'kc-register-form', {
      ...person('timo', 'timo@trash.test'),
      'password-confirm': 'another',
    });

    expect(messageAt(answer, 'email')).toContain('cannot be used here');
    expect(answer.page).toContain('id="input-error-password');
  });

  it('says it at the e-mail address where that is the user name', async () => {
    await realm.admin.realms.update({ realm: realm.realm }, { registrationEmailAsUsername: true });
    try {
      const someone = visit(partners);
      const { username: _, ...fields } = person('robot');
      const answer = await someone.send(await someone.open(create), 'kc-register-form', fields);

      expect(messageAt(answer, 'email')).toContain('robots');
    } finally {
      await realm.admin.realms.update({ realm: realm.realm }, { registrationEmailAsUsername: false });
    }
  });

  it('holds at the gate whom the policy holds, and nobody else', async () => {
    const waits = await register(partners, 'gina');

    expect(waits.page).toContain('data-state="vestibuleArrived"');
    expect((await realm.userNamed('gina'))?.requiredActions).toEqual(['vestibule-pending']);
    expect(hasCode(await register(shop, 'free'))).toBe(true);
  }, 60_000);

  describe('for those who come through an identity provider', () => {
    const employ = (username: string) =>
      office.admin.users.create({
        username,
        enabled: true,
        email: `${username}@example.test`,
        emailVerified: true,
        firstName: 'Mia',
        lastName: 'Meyer',
        credentials: [{ type: 'password', value: password, temporary: false }],
      });
    const comeThroughOffice = async (clientId: string, username: string) => {
      const someone = visit(clientId);
      const login = await someone.open({ kc_idp_hint: alias });
      return { someone, ...(await someone.send(login, 'kc-form-login', { username, password, credentialId: '' })) };
    };

    it('refuses who is new, with a page and an event', async () => {
      await employ('otto');
      const { status, page } = await comeThroughOffice(partners, 'otto');

      expect(status).toBe(403);
      expect(page).toContain('You cannot register from this network');
      expect(await realm.userNamed('otto')).toBeUndefined();
      const ofBroker = (await refusals('registration_refused', partners)).filter(
        ({ details }) => (details as { register_method?: string }).register_method === 'broker',
      );
      expect(ofBroker).toHaveLength(1);
      expect(ofBroker[0]).toMatchObject({
        type: 'REGISTER_ERROR',
        details: { register_method: 'broker', vestibule_rule: 'office staff', identity_provider: alias },
      });
    }, 60_000);

    it('refuses who is new where the client is closed', async () => {
      await employ('oskar');

      expect((await comeThroughOffice(byAttribute, 'oskar')).status).toBe(403);
      expect(await realm.userNamed('oskar')).toBeUndefined();
    }, 60_000);

    it('never refuses who has an account, and links it', async () => {
      await realm.admin.users.create({ username: 'old-friend', enabled: true, email: 'old-friend@example.test' });
      await employ('old-friend');
      const { status, page } = await comeThroughOffice(closed, 'old-friend');

      expect(status).toBe(200);
      expect(page).toContain('linkAccount');
    }, 60_000);

    it('makes others pass, as the policy says: held or free', async () => {
      await door.publish(policyOf({ [partners]: { hold: true, rules: [] } }));
      await employ('hilda');
      await employ('frieda');

      expect((await comeThroughOffice(partners, 'hilda')).page).toContain('data-state="vestibuleArrived"');
      expect((await realm.userNamed('hilda'))?.requiredActions).toEqual(['vestibule-pending']);
      expect(hasCode(await comeThroughOffice(shop, 'frieda'))).toBe(true);
    }, 60_000);
  });
});

describe("the door's page and messages", () => {
  it('can be read on the smallest phone, by day and by night, in every language', async () => {
    await door.publish(policyOf(usual));
    const browser = await openBrowser();
    try {
      for (const [locale, colorScheme] of [
        ['en', 'light'],
        ['de', 'dark'],
        ['fr', 'light'],
        ['en', 'dark'],
      ] as const) {
        const context = await browser.newContext({ ...phone, locale, colorScheme });
        const page = await context.newPage();
        await page.goto(addressOf(closed));
        expect(await page.locator('#vestibule-back').getAttribute('href')).toBe(home);
        await look(page, `closed-${locale}-${colorScheme}`);
        await page.goto(addressOf(partners));
        for (const [field, value] of Object.entries(person('reader', 'reader@trash.test'))) {
          await page.locator(`#${field}`).fill(value);
        }
        await page.locator('form [type=submit]').click();
        await page.locator('#input-error-email').waitFor();
        await look(page, `refused-${locale}-${colorScheme}`);
        await context.close();
      }
    } finally {
      await browser.close();
    }
  }, 120_000);

  function addressOf(clientId: string): string {
    const address = new URL(`${keycloak.env.KEYCLOAK_URL}/realms/${realm.realm}/protocol/openid-connect/auth`);
    const query = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid', ...create };
    address.search = new URLSearchParams(query).toString();
    return address.href;
  }

  /** For people to look at, too, where `PICTURES` names a folder. */
  async function look(page: Page, name: string): Promise<void> {
    const dir = process.env['PICTURES'];
    if (dir !== undefined) {
      await page.screenshot({ path: `${dir}/${name}.png`, fullPage: true });
    }
    expect(await overhang(page)).toBe(0);
    // The realm's name stands on Keycloak's own picture, whose brightness the page's styles do not say.
    expect((await hardToRead(page)).filter((text) => !text.endsWith(` ${realm.realm}`))).toEqual([]);
  }
});

describe('a file that holds nobody, and whose last rule refuses', () => {
  const staff = 'staff-portal';
  let own: TestRealm;
  let service: TestService;

  beforeAll(async () => {
    own = await createRealm(
      { prefix: 'typed', clients: [{ clientId: staff }], groups: ['/staff'], setup: { door: true } },
      keycloak.env,
    );
    service = await startService({
      secret: own.secret,
      rules: {
        'staff.yaml': `version: 1
realm: ${own.realm}
clients: [${staff}]
rules:
  - name: staff
    when: { email-domain: [acme.test, müller.test] }
    then: [{ join-group: /staff }]
  - name: everybody else
    then: [refuse-registration]
`,
      },
      env: { ...keycloak.env, KAFKA_DOOR_TOPIC: topic },
    });
    await until(
      'the rules at the door',
      () => providerInfo(keycloak.env, 'eventsListener', 'vestibule'),
      (info) => info['door policy clients'] === '1',
      60_000,
    );
  }, 120_000);

  afterAll(async () => {
    await service?.dispose();
    await own?.dispose();
  }, 60_000);

  it('lets in at once who is plainly staff, and makes no account of who plainly is not', async () => {
    expect((await own.register(staff, 'sam', 'sam@acme.test')).outcome).toBe('code');
    expect((await own.register(staff, 'tom', 'tom@trash.test')).outcome).toBe('page');
    expect(await own.userNamed('tom')).toBeUndefined();
  }, 60_000);

  it.each([
    ['letters beyond ASCII', 'idn1', 'idn1@bücher.test'],
    ['a full-width dot', 'wide', 'wide@TRASH\u3002test'],
    ['a soft hyphen', 'soft', 'soft@tra\u00ADsh.test'],
  ])(
    'gives no code and no session to who types %s, and disables the account',
    async (_, username, email) => {
      const { outcome } = await own.register(staff, username, email);
      expect(outcome).toBe('page');
      const user = await until(
        'the disable',
        () => own.userNamed(username),
        (found) => found?.enabled === false,
        30_000,
      );
      expect(user?.requiredActions).toContain('vestibule-pending');
      expect(await own.sessionsOf(user?.id ?? '')).toBe(0);
      expect(await own.groupsOf(user?.id ?? '')).toEqual([]);
    },
    60_000,
  );

  it('lets in who may stay, however unusual the address is', async () => {
    const { outcome } = await own.register(staff, 'mina', 'mina@MÜLLER.test');
    expect(['code', 'page']).toContain(outcome); // it waits for a moment, and then shows the page
    const user = await until(
      'the release',
      () => own.userNamed('mina'),
      (found) => found?.requiredActions?.length === 0,
      30_000,
    );
    expect(user?.enabled).toBe(true);
    expect(await own.groupsOf(user?.id ?? '')).toEqual(['/staff']);
  }, 60_000);
});

/** A copy of the browser flow whose form asks for the user name alone. */
async function userNameFirst(): Promise<string> {
  const flow = 'user name first';
  const { authenticationManagement: flows } = realm.admin;
  await flows.copyFlow({ flow: 'browser', newName: flow });
  const steps = await flows.getExecutions({ flow });
  const form = steps.find(({ providerId }) => providerId === 'auth-username-password-form');
  const part = steps
    .slice(0, steps.indexOf(form ?? {}))
    .findLast(({ authenticationFlow }) => authenticationFlow === true);
  await flows.delExecution({ id: form?.id ?? '' });
  for (const provider of ['auth-username-form', 'auth-password-form']) {
    await flows.addExecutionToFlow({ flow: part?.displayName ?? '', provider });
    const added = (await flows.getExecutions({ flow })).find(({ providerId }) => providerId === provider);
    await flows.updateExecution({ flow }, { ...added, requirement: 'REQUIRED' });
  }
  return flow;
}
