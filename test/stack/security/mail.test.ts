import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { redirectUri } from '../../../stack/realm.ts';
import { faultsOf, type MailSink, openMailSink, type Received } from '../../security/support/mail-sink.ts';
import { send } from '../../security/support/client.ts';
import { press } from '../../security/support/forms.ts';
import { createRealm, stackEnv, type TestRealm } from '../support/realm.ts';
import { startService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { Visit } from '../support/visit.ts';
import { approvalLink, auditOf } from './support.ts';

// People who type whatever they want into Keycloak's own form, in a realm whose profile lets them; and the bytes that the
// mail server gets of it.

let sink: MailSink;
let acme: TestRealm;
let service: TestService;
let desk: string;

beforeAll(async () => {
  sink = await openMailSink();
  acme = await createRealm({
    prefix: 'typed',
    displayName: 'Acme\r\nBcc: evil@evil.test\r\n\r\n<a href="https://evil.test">Approve</a>',
    clients: [{ clientId: 'portal', name: 'Portal\r\nBcc: evil@evil.test' }],
    groups: ['/partners'],
  });
  desk = `desk@${acme.realm}.test`;
  const { realm, admin } = acme;
  const profile = await admin.users.getProfile({ realm });
  const attributes = (profile.attributes ?? []).map(({ validations: _any, ...attribute }) => attribute);
  const company = { name: 'company', permissions: { view: ['admin', 'user'], edit: ['admin', 'user'] } };
  await admin.users.updateProfile({ realm, ...profile, attributes: [...attributes, company] });
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': `version: 1
realm: ${realm}
clients: [portal]
rules:
  - name: the desk decides
    then:
      - request-approval:
          approvers: [${desk}]
          show: [company]
          remind-after: 1s
          approved: [{ join-group: /partners }, { notify: ops@${realm}.test }]
          rejected: [delete-user]
`,
    },
    env: { SMTP_URL: sink.url },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await sink?.close();
});

/** Sends Keycloak's registration form with these texts, as a program can. @returns what the page says against them */
async function register(fields: Readonly<Record<string, string>>): Promise<string[]> {
  const target = { keycloakUrl: stackEnv.KEYCLOAK_URL, realm: acme.realm, clientId: 'portal', redirectUri };
  const visit = new Visit(target);
  const form = await visit.open({ prompt: 'create' });
  const password = { password: 'correct horse', 'password-confirm': 'correct horse' };
  const sent = { firstName: 'Mia', lastName: 'Meyer', ...fields, ...password };
  const { page } = await visit.send(form, 'kc-register-form', sent);
  return [...page.matchAll(/id="input-error-[^>]*>\s*<span[^>]*>\s*([^<]*)/g)].map(([, said = '']) => said.trim());
}

const harmful = /https?:\/\/evil|[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/;
const evil = 'Mia\r\nBcc: evil@evil.test\r\n\r\n<a href="https://evil.test">Approve</a>';
const people: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'in every field': { username: `zoe ${evil}`, firstName: evil, lastName: evil, company: evil },
  'in the user name, for JavaScript': { username: '__proto__', company: 'constructor' },
  'as encoded words': {
    username: 'yves',
    firstName: '=?utf-8?Q?=0D=0ABcc=3A_evil=40evil.test?=',
    lastName: '=?utf-8?B?DQpCY2M6IGV2aWxAZXZpbC50ZXN0?=',
  },
  'as the end of a mail': {
    username: 'xaver',
    company: '\r\n.\r\nMAIL FROM:<evil@evil.test>\r\nRCPT TO:<evil@evil.test>\r\n',
  },
  'as text turned around, with control characters': {
    username: 'wanda',
    firstName: '\u202emoc.live\u202c\u0000\u001b[2J',
    company: `\u2028${'x'.repeat(2_000)}`,
  },
};

/** Waits for so many mails of a kind, and gives the first. */
async function arrived(what: string, isIt: (mail: Received) => boolean, count = 1): Promise<Received> {
  const mails = await until(
    what,
    async () => (await sink.received()).filter(isIt),
    ({ length }) => length >= count,
    60_000,
  );
  return mails[0] as Received;
}

const links = (text: string): string[] => text.match(/https?:\/\/\S+/g) ?? [];
const hostile = { host: 'evil.test', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' };

describe('mails about people who type whatever they want', () => {
  it.each(Object.entries(people))(
    'S18, S35, S17, S15: one header set, one recipient, one link: %s',
    async (name, fields) => {
      const address = `${name.replaceAll(/\W+/g, '-').toLowerCase()}@${acme.realm}.test`; // as Keycloak keeps it
      const toDesk = ({ text, to }: Received) => to.includes(desk) && text.includes(address);
      expect(await register({ email: address, ...fields })).toEqual([]);
      const link = approvalLink(await arrived('a mail to the desk', toDesk), service) ?? '';
      expect((await send(link, { headers: hostile })).body).not.toContain('evil.test/');
      await arrived('a reminder', toDesk, 2);
      expect((await press(link, 'approve', { headers: hostile })).status).toBe(303);
      await arrived('a mail to the person', ({ to }) => to.includes(address));

      const mails = (await sink.received()).filter((mail) => toDesk(mail) || mail.to.includes(address));
      for (const mail of mails) {
        expect(faultsOf(mail)).toEqual([]);
        expect([[desk], [address]]).toContainEqual(mail.to);
        expect(mail.header('auto-submitted')).toBe('auto-generated');
        expect(mail.html).not.toMatch(/href="[^"]*(?:evil|javascript)/);
        expect(`${mail.text}${mail.subject}`).not.toMatch(harmful);
      }
      for (const { text } of mails.filter(toDesk)) {
        expect(links(text).filter((each) => !each.startsWith(`${service.url}/approvals/`))).toEqual([]);
      }
    },
    120_000,
  );

  it.each([
    '"a b"@typed.test',
    'group: a@typed.test, b@typed.test;',
    'a@typed.test, b@typed.test',
    'a(comment)@typed.test',
    '<a@typed.test>',
    'a@typed.test\r\nBcc: evil@evil.test',
  ])(
    'S19: an address such as %j is no recipient, be it that Keycloak refuses it or takes it',
    async (email) => {
      const username = `odd-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`;
      const refused = await register({ email, username });
      const user = await acme.userNamed(username);
      expect(refused.length > 0).toBe(user === undefined);
      if (user !== undefined) {
        const asked = await arrived(
          'a mail to the desk',
          ({ text, to }) => to.includes(desk) && text.includes(username),
        );
        await press(approvalLink(asked, service) ?? '', 'approve');
        await until(
          'the outcome',
          () => auditOf([service], user.id ?? ''),
          (lines) => lines.some(({ kind }) => kind === 'settled'),
        );
      }
      const recipients = (await sink.received()).flatMap(({ to }) => to);
      expect(recipients.filter((to) => !to.endsWith(`@${acme.realm}.test`))).toEqual([]);
    },
    90_000,
  );
});
