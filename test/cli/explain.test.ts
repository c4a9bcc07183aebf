import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { explain } from '../../src/cli/explain.ts';
import { fakeIo, folder } from './io.ts';

const events = join(import.meta.dirname, '../events');
const rules = `version: 1
realm: kfk
clients: [forbidden-app]
rules:
  - name: own staff
    when: { email-domain: acme.com }
    then: [{ join-group: /staff }]
  - name: strangers
    when: { email-domain: "*.test", username: "umwty*" }
    then: [{ notify-user: refused }, { delete-user: { after: 1d12h } }, disable-user]
  - name: the rest
    then: []
`;
const verified = rules.replace('email-domain: acme.com', 'email-verified: true');

async function run(args: readonly string[], given: { rules?: string; stdin?: string } = {}) {
  const dir = await folder({ 'app.yaml': given.rules ?? rules, 'user.json': '{"username":"x","emailVerified":true}' });
  const { io, out, err } = fakeIo({ stdin: given.stdin ?? '' });
  const code = await explain.run(['--rules', dir, ...args.map((arg) => arg.replace('DIR', dir))], io);
  return { code, out: out(), err: err(), dir };
}

const form = join(events, 'kafka-REGISTER.form.json');

describe('src/cli/explain', () => {
  it('prints the decision as a short tree', async () => {
    const { code, out, dir } = await run(['--event', form]);
    expect(code).toBe(0);
    expect(out.replace(/rules [0-9a-f]{12}/, 'rules VERSION'))
      .toBe(`umwty61vt-85@example.test registered for forbidden-app in realm kfk (form)
  ${join(dir, 'app.yaml')}
  ✘ 5: own staff: e-mail domain "example.test" is not among acme.com
  ✔ 8: strangers: e-mail domain "example.test" is among *.test, and user name "umwty61vt-85" matches umwty*
  · 11: the rest: "strangers" decided
    → disable-user
    → notify-user refused
    → delete-user after 1 day 12 hours
  rules VERSION
`);
  });

  it('writes matched, trace and steps as JSON', async () => {
    const { out } = await run(['--event', form, '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      matched: { file: 'app.yaml', line: 8, rule: 'strangers' },
      trace: [
        { file: 'app.yaml', line: 5, rule: 'own staff', verdict: 'not-matched', because: expect.any(String) },
        { file: 'app.yaml', line: 8, rule: 'strangers', verdict: 'matched', because: expect.any(String) },
        { file: 'app.yaml', line: 11, rule: 'the rest', verdict: 'not-reached', because: expect.any(String) },
      ],
      steps: [
        { uses: 'disable-user', with: null, after: null },
        { uses: 'notify-user', with: { message: 'refused' }, after: null },
        { uses: 'delete-user', with: null, after: 129_600_000 },
      ],
    });
  });

  it('says what Keycloak answers before there is an account, when the form is opened and when it is sent', async () => {
    const refusing = `version: 1
realm: acme
clients: [shop]
hold: gate
rules:
  - name: strangers
    when: { request-header: { x-stranger: "*" } }
    then: [{ refuse-registration: { message: { en: Please ask us first. }, otherwise: delete-user } }]
  - name: throwaway mail
    when: { email-domain: trash.example }
    then: [{ refuse-registration: { message: other-address } }]
  - name: the rest
    then: []
`;
    const lines = async (...args: string[]) =>
      (await run(['--client', 'shop', ...args], { rules: refusing })).out
        .split('\n')
        .filter((line) => /door|→/.test(line));
    expect(await lines('--email', 'a@trash.example')).toEqual([
      '  at the door, when the form is opened: the form is shown',
      '  at the door, when the form is sent: refused by 9: throwaway mail, with the text other-address, at the field email',
      '    → refuse-registration other-address',
    ]);
    const closed = 'refused by 6: strangers, with the text "Please ask us first."';
    expect(await lines('--email', 'a@b.example', '--header', 'X-Stranger=1')).toEqual([
      `  at the door, when the form is opened: ${closed}`,
      `  at the door, when the form is sent: ${closed}`,
      '    → refuse-registration "Please ask us first."',
    ]);
    expect(await lines('--email', 'a@b.example', '--source', 'broker:google')).toEqual([
      '  at the door: the gate holds the person until the rules have decided',
      '    → the rule has no steps',
    ]);
    const { out } = await run(['--client', 'shop', '--email', 'a@trash.example', '--format', 'json'], {
      rules: refusing,
    });
    expect(JSON.parse(out)).toMatchObject({
      steps: [{ uses: 'disable-user' }, { uses: 'notify-user' }],
      door: {
        opened: { door: 'gate', rule: null },
        sent: { door: 'refuse', rule: 'throwaway mail', file: 'app.yaml', line: 9, field: 'email' },
      },
    });
  });

  it.each(['debezium-REGISTER.json', 'debezium-REGISTER.unwrapped.json', 'rest-events-REGISTER.json'])(
    'reads %s as well',
    async (name) => {
      expect((await run(['--event', join(events, name)])).code).toBe(0);
    },
  );

  it('reads the event from standard input', async () => {
    const id = 'bce3463e-13d0-403a-b2c3-67d73239fd4a';
    const event = { id, time: 1_795_479_557_788, type: 'REGISTER', realmName: 'kfk', clientId: 'other', userId: id };
    const { code, out } = await run(['--event', '-'], { stdin: JSON.stringify(event) });
    expect(code).toBe(0);
    expect(out).toContain('no rule file names this client\n    → nothing happens');
  });

  it('suggests the client or the realm of the rule files that somebody may have meant', async () => {
    const client = await run(['--client', 'shpo', '--email', 'ann@b.example', '--realm', 'acme'], { rules: typed });
    expect(client.out).toContain('client "shpo": did you mean "shop"?');
    const realm = await run(['--client', 'shop', '--email', 'ann@b.example', '--realm', 'acmee'], { rules: typed });
    expect(realm.out).toContain('realm "acmee": did you mean "acme"?');
    expect(realm.out).not.toContain('client "shop"'); // a file has it: it is no slip
  });

  it('asks for the user when the answer hangs on it', async () => {
    const { code, err } = await run(['--event', form], { rules: verified });
    expect(code).toBe(1);
    expect(err).toContain('give it with --user FILE');
    const answered = await run(['--event', form, '--user', 'DIR/user.json'], { rules: verified });
    expect(answered.out).toContain('✔ 5: own staff: e-mail address is verified');
  });

  it('says that nothing is decided where the answer hangs on a header that the event does not tell', async () => {
    const rules = verified.replace('email-verified: true', 'request-header: { x-partner: "*" }');
    const { code, out } = await run(['--event', form], { rules });
    expect(code).toBe(1);
    expect(out).toContain('→ depends on request headers that the event does not tell: x-partner\n');
    expect(out).toContain('the service decides nothing about such a registration, and it waits\n');
  });

  it('takes a header that nobody types for missing', async () => {
    const rules = verified.replace('email-verified: true', 'request-header: { x-partner: "*" }');
    const client = ['--client', 'forbidden-app', '--email', 'ann@b.example', '--realm', 'kfk'];
    expect((await run(client, { rules })).out).toContain('✘ 5: own staff: header x-partner nothing is not among *');
    const given = await run([...client, '--header', 'X-Partner=p'], { rules });
    expect(given.out).toContain('✔ 5: own staff: header x-partner "p" is among *');
  });

  const typed = `version: 1
realm: acme
clients: [shop]
rules:
  - name: partners
    when: { email-domain: acme.com, email-verified: true, attribute: { company: [ACME, Other] }, locale: de }
    then: [{ grant-role: { client: shop, role: member } }, { set-user-attribute: { name: origin, value: [a, b] } }]
  - name: by night
    when: { time: { hours: "22:00-06:00" }, source: "broker:*", ip: 192.0.2.0/24, username: ann }
    then: []
  - name: the desk decides
    then:
      - request-approval:
          approvers: [desk@acme.com, { group: /desk }, { role: approver }]
          need: 2
          hold: gate
          wait-for: email-verified
          remind-after: 36h
          expire-after: 7d
          approved: [{ join-group: /customers }]
          rejected: [{ delete-user: { after: 30d } }, { notify-user: rejected }]
`;

  it('explains a registration that is described with options, steps and durations in words', async () => {
    const { code, out } = await run(['--client', 'shop', '--email', 'ann@b.example'], { rules: typed });
    expect(code).toBe(0);
    expect(out).toContain(
      'ann@b.example registered for shop in realm acme (form)\n' +
        '  judged with an account that is enabled, e-mail address not verified\n',
    );
    expect(out).toContain(`  ✔ 11: the desk decides: no condition
    → request-approval
        asks desk@acme.com, the members of /desk, the holders of role approver: 2 must agree
        asks only when the e-mail address is verified
        the gate holds the person until then
        reminds after 1 day 12 hours
        expires after 7 days
        approved: join-group /customers
        rejected: delete-user after 30 days, notify-user rejected
        expired: no steps
`);
  });

  it('takes all that a condition may ask for as an option', async () => {
    const partner = ['--email', 'ann@acme.com', '--verified', '--attribute', 'company=ACME', '--locale', 'de'];
    const { out } = await run(['--client', 'shop', ...partner], { rules: typed });
    expect(out).toContain('→ grant-role member of client shop\n    → set-user-attribute name: origin, values: a, b\n');
    const night = ['--time', '2026-01-07T23:00:00Z', '--source', 'broker:x', '--ip', '192.0.2.7', '--username', 'ann'];
    expect((await run(['--client', 'shop', ...night], { rules: typed })).out).toContain('✔ 8: by night');
    const file = ['--client', 'shop', '--user', 'DIR/user.json'];
    expect((await run(file, { rules: typed })).out).toContain('an account that is enabled, e-mail address verified');
  });

  it('says what is wrong with what is described', async () => {
    const several = typed.replace('realm: acme', 'realm: [acme, other]');
    const shop = ['--client', 'shop'];
    expect((await run(shop, { rules: several })).err).toContain(
      '--realm is missing; the rules name several realms: acme, other',
    );
    expect((await run([...shop, '--realm', 'other'], { rules: several })).code).toBe(0);
    expect((await run([...shop, '--source', 'google'], { rules: typed })).out).toContain(
      '  Keycloak itself names no source "google": it knows "form" and "broker:ALIAS"; ' +
        'for the identity provider with this alias write "broker:google"\n',
    );
    expect((await run([...shop, '--ip', '10.0'], { rules: typed })).err).toContain(
      '--ip must be an IP address such as',
    );
    expect((await run([...shop, '--time', 'noon'], { rules: typed })).err).toContain('--time must be a time such as');
    expect((await run([...shop, '--attribute', 'x'], { rules: typed })).err).toContain('must be NAME=VALUE, not "x"');
  });

  it('says what is wrong with what it is given', async () => {
    await expect(run(['--event', '/nowhere'])).rejects.toThrow('/nowhere cannot be read: ENOENT');
    await expect(run(['--event', '-'], { stdin: 'x' })).rejects.toThrow('not JSON');
    await expect(run(['--event', join(events, 'kafka-LOGIN.json')])).rejects.toThrow('another than REGISTER');
    await expect(run(['--event', form, '--user', form])).rejects.toThrow('is no user as the Admin API shows one');
    await expect(run(['--event', form], { rules: 'version: 2\n' })).rejects.toThrow(
      'app.yaml:1:10 version: this program reads version 1 only',
    );
    expect((await run([])).code).toBe(2);
  });
});
