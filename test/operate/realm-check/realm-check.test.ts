import { describe, expect, it } from '@jest/globals';

import { ServiceError } from '../../../src/platform/errors.ts';
import { checkLive } from '../../../src/operate/realm-check/realm-check.ts';
import type { WayIn } from '../../../src/operate/door/ways-in.ts';
import type { ClientFacts, GivenToAll, RealmProbe } from '../../../src/operate/realm-check/realm-facts.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import { fakeProbe } from '../../fakes/realm-probe.ts';
import { bookOf } from '../../rules/facts.ts';
import { drawn } from '../door/drawn.ts';

const client = (clientId: string, ownFlow: string | null = null): ClientFacts => ({
  clientId,
  enabled: true,
  browserLogin: true,
  ownFlow,
});
const book = (clients: string, then: string, realm = 'acme') =>
  bookOf({
    'app.yaml': `version: 1\nrealm: ${realm}\nclients: ${clients}\nrules:\n  - name: all\n    then: ${then}\n`,
  });
/** Nobody logs in to it, so no gate is looked for. */
const apiClient = { ...client('a'), browserLogin: false };
const told = async (...args: Parameters<typeof checkLive>): Promise<string[]> =>
  (await checkLive(...args)).problems.map(formatProblem);

describe('src/operate/realm-check/realm-check', () => {
  it('asks each question once, and none that no rule asks', async () => {
    const probe = fakeProbe({});
    await checkLive(book('"*"', '[{ join-group: /a }, { leave-group: /b }]'), probe);
    expect(probe.asked.toSorted()).toEqual(['clients', 'group', 'group', 'verifyEmail']);
  });

  it('says once for each subject what it may not see, and which role that takes', async () => {
    const probe = fakeProbe({ clients: async () => ({ lacks: 'view-clients' }) });
    expect(await told(book('[a, b, c]', '[disable-user]'), probe)).toEqual([
      'app.yaml:3:11 warning: clients[0]: could not look whether clients exist in realm acme: the account that looks lacks the role view-clients, let an administrator look: KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD',
      'app.yaml:3:11 warning: clients[0]: could not look whether clients have a login gate in realm acme: the account that looks lacks the role view-clients, let an administrator look: KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD',
    ]);
  });

  it('names a request header that the listener does not look for', async () => {
    const asking = bookOf({
      'app.yaml':
        'version: 1\nrealm: acme\nclients: [a]\nrules:\n  - name: all\n    when: { request-header: { X-A: "*", x-b: "*" } }\n    then: []\n',
    });
    const with_ = (headers: readonly string[] | null) =>
      fakeProbe({ clients: async () => [apiClient], headersLookedFor: async () => headers });
    expect(await told(asking, with_(['x-b', 'x-a']))).toEqual([]);
    expect(await told(asking, with_(['x-b']))).toEqual([
      "app.yaml:6:13 rules[0].when.request-header: the listener of Keycloak looks for no request header x-a: where a decision depends on it, the registration waits, name it in the listener's option request-headers: x-b,x-a",
    ]);
    expect((await told(asking, with_(null))).join()).toContain('x-a, x-b: where');
  });

  it('names the rule that waits for ever where the realm verifies no address, and what to do', async () => {
    const ask = '[{ request-approval: { approvers: a@b.example, hold: none, wait-for: email-verified } }]';
    const probe = (verifyEmail: boolean) =>
      fakeProbe({ clients: async () => [apiClient], verifyEmail: async () => verifyEmail });
    expect(await told(book('[a]', ask), probe(false))).toEqual([
      'app.yaml:6:14 rules[0].then[0].request-approval: "all" waits for a verified address, and realm acme has Verify Email off: Keycloak asks nobody to verify one, so no approver is ever asked, switch it on (Realm settings, Login, Verify email), add the step "add-required-action: VERIFY_EMAIL" to the rule, or take "wait-for" out',
    ]);
    expect(await told(book('[a]', ask), probe(true))).toEqual([]);
    const verifying = ask.replace('[', '[{ add-required-action: VERIFY_EMAIL }, ');
    const actions = async () => [{ alias: 'VERIFY_EMAIL', enabled: true, byDefault: false, priority: 50 }];
    expect(await told(book('[a]', verifying), { ...probe(false), requiredActions: actions })).toEqual([]);
  });

  it('says that it could not look whether an address is ever verified', async () => {
    const ask = '[{ request-approval: { approvers: a@b.example, hold: none, wait-for: email-verified } }]';
    const probe = fakeProbe({ clients: async () => [apiClient], verifyEmail: async () => ({ lacks: 'view-realm' }) });
    expect(await told(book('[a]', ask), probe)).toEqual([
      expect.stringContaining('could not look whether Verify Email is on, which "wait-for: email-verified" needs,'),
    ]);
  });

  it('looks for the gate of every client that a glob means, but not of those that another file decides about', async () => {
    const files = bookOf({
      'partners.yaml':
        'version: 1\nrealm: acme\nclients: "partner-*"\nrules: [{ name: all, then: [{ request-approval: { approvers: a@b.example } }] }]\n',
      'open.yaml':
        'version: 1\nrealm: acme\nclients: [partner-blog]\nrules: [{ name: all, then: [{ join-group: /a }] }]\n',
    });
    const all = ['partner-a', 'partner-blog', 'partner-b', 'other', 'account'].map((id) => client(id));
    const without = { ...client('partner-api'), browserLogin: false };
    const [gate, ...others] = await told(files, fakeProbe({ clients: async () => [...all, without] }));
    expect(gate).toContain(
      'partners.yaml:3:10 warning: clients: no login gate found for partner-a, partner-b in realm acme',
    );
    expect(others).toEqual([]);
  });

  it('misses no gate where the rules keep nobody out, or only try to', async () => {
    const probe = () => fakeProbe({ clients: async () => [client('a')] });
    expect(await told(book('[a]', '[{ delete-user: { after: 30d } }]'), probe())).toEqual([]);
    expect(await told(book('[a]', '[disable-user]\n    dry-run: true'), probe())).toEqual([]);
    expect(await told(book('[a]', '[disable-user]'), probe())).toHaveLength(1);
  });

  it('takes the extension that asks clients for a role for a gate only of clients that have that role', async () => {
    const flow = [{ level: 0, requirement: 'REQUIRED', provider: 'restrict-client-auth-authenticator' }];
    const clients = async () => [client('a'), client('b')];
    const roles = async (_: string, clientId?: string) => (clientId === 'a' ? ['restricted-access'] : []);
    expect(
      await told(book('[a, b]', '[disable-user]'), fakeProbe({ clients, roles, loginFlow: async () => flow })),
    ).toEqual([expect.stringContaining('no login gate found for b in')]);
  });

  describe('the door', () => {
    const pending = { alias: 'vestibule-pending', enabled: true, byDefault: false, priority: 90 };
    const form = { way: 'form' as const, flow: 'registration', through: [] };
    const bare = { ...form, steps: drawn('{REQUIRED}\n  registration-user-creation REQUIRED') };
    const whole = {
      ...form,
      steps: drawn(
        'vestibule-door REQUIRED\n{REQUIRED}\n  vestibule-door-form REQUIRED\n  registration-user-creation REQUIRED\n  vestibule-gate REQUIRED',
      ),
    };
    const realm = (way: WayIn, more: Partial<RealmProbe> = {}) =>
      fakeProbe({
        clients: async () => [apiClient],
        requiredActions: async () => [pending],
        waysIn: async () => [way],
        ...more,
      });
    const holding = bookOf({
      'app.yaml':
        'version: 1\nrealm: acme\nclients: [a]\nhold: gate\nrules:\n  - name: all\n    then: [{ join-group: /a }]\n',
    });

    it('names, where the file says "hold: gate", each flow that lets people pass by the gate', async () => {
      expect(await told(holding, realm(bare))).toEqual([
        'app.yaml:4:1 hold: "hold: gate" needs the gate in each flow by which people get an account, and in realm acme it is not in force in the registration form (flow "registration": vestibule-gate is not there), run "vestibule setup --realm acme --door"',
      ]);
      expect(await told(holding, realm(whole))).toEqual([]);
      expect(await told(holding, realm(whole, { requiredActions: async () => [] }))).toEqual([
        expect.stringContaining('app.yaml:4:1 hold: "hold: gate" needs the required action vestibule-pending'),
      ]);
    });

    it('names, at the first step that refuses, each flow that has no door', async () => {
      const two = book(
        '[a]',
        '[refuse-registration]\n    when: { source: form }\n  - name: more\n    then: [refuse-registration]',
      );
      expect(await told(two, realm(bare))).toEqual([
        expect.stringContaining(
          'app.yaml:6:12 rules[0].then[0].refuse-registration: "refuse-registration" needs the door',
        ),
      ]);
      expect(await told(two, realm(whole))).toEqual([]);
      expect(await told(book('[a]', '[refuse-registration]\n    dry-run: true'), realm(bare))).toEqual([]);
    });

    it('asks for the gate, once, where an approval holds there', async () => {
      const ask = '[{ request-approval: { approvers: a@b.example, hold: gate } }]';
      const twice = book('[a]', `${ask}\n    when: { source: form }\n  - name: more\n    then: ${ask}`);
      expect(await told(twice, realm(bare))).toEqual([expect.stringContaining('app.yaml:6:14')]);
    });

    it('says what it may not see', async () => {
      const lacks = async () => ({ lacks: 'view-identity-providers' as const });
      expect(await told(holding, realm(bare, { waysIn: lacks }))).toEqual([
        expect.stringContaining('whether the door and the gate stand in the flows in realm acme'),
      ]);
    });

    it.each<[string, string, GivenToAll]>([
      ['into the group /a,', 'join-group: /a', { groups: ['/a'], roles: [] }],
      ['into the group /a/new,', 'join-group: /a', { groups: ['/a/new'], roles: [] }],
      ['the role r,', 'grant-role: r', { groups: [], roles: [{ role: 'r' }] }],
      [
        'the role app / r,',
        'grant-role: { client: app, role: r }',
        { groups: [], roles: [{ client: 'app', role: 'r' }] },
      ],
    ])('finds that every new user comes %s whatever the rules decide', async (words, grant, all) => {
      const asking = (step: string) =>
        book('[a]', `[{ request-approval: { approvers: a@b.example, hold: account, approved: [{ ${step} }] } }]`);
      const probe = () => realm(whole, { givenToAll: async () => all, roles: async () => ['r'] });
      expect(await told(asking(grant), probe())).toEqual([expect.stringContaining(words)]);
      expect(await told(asking('join-group: /ab'), probe())).toEqual([]);
      const other = realm(whole, {
        givenToAll: async () => ({ groups: ['/ab'], roles: [] }),
        roles: async () => ['r'],
      });
      expect(await told(asking(grant), other)).toEqual([]);
      // Nobody is kept out, so the gift is no key.
      expect(await told(book('[a]', `[{ ${grant} }]`), probe())).toEqual([]);
    });
  });

  it('looks into realms that are named exactly, or that it is told', async () => {
    const rules = book('[a]', '[]', '"acme-*"');
    expect(await told(rules, fakeProbe())).toEqual([
      'app.yaml:2:8 warning: realm: could not look: no rule file names a realm of these exactly, say which one with --realm',
    ]);
    expect(await checkLive(rules, fakeProbe({ clients: async () => [client('a')] }), ['acme-1'])).toEqual({
      realms: ['acme-1'],
      problems: [],
    });
  });

  it('goes on with the other realms when one is not there', async () => {
    const probe = fakeProbe({
      verifyEmail: async (realm) => {
        if (realm === 'acne') {
          throw new ServiceError('REALM_UNKNOWN', 'Keycloak has no such realm');
        }
        return false;
      },
    });
    expect(await told(book('[x]', '[]', '[acne, acme]'), probe)).toEqual([
      'app.yaml:2:9 realm[0]: Keycloak has no realm acne, did you mean "acme"?',
      'app.yaml:3:11 clients[0]: realm acme has no client x, make it, or correct the name',
    ]);
  });

  it('hands on that Keycloak does not answer', async () => {
    const probe = fakeProbe({
      clients: () => Promise.reject(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')),
    });
    await expect(checkLive(book('[a]', '[]'), probe)).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
  });
});
