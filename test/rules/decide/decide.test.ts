import { describe, expect, it } from '@jest/globals';

import { decide } from '../../../src/rules/decide/decide.ts';
import type { Registration } from '../../../src/ingest/registration.ts';
import type { RuleBook } from '../../../src/rules/model.ts';
import { bookOf, registration, user } from '../facts.ts';

const portal = `version: 1
realm: acme
clients: [shop]
application: The Shop
rules:
  - name: own staff
    when: { email-domain: acme.com, email-verified: true }
    then: [{ join-group: /staff }]
  - name: throwaway mail
    when: { email-domain: trash.example }
    then: [{ notify-user: refused }, delete-user]
  - name: everybody else
    dry-run: true
    then: [{ join-group: /a }, { disable-user: { after: 30d } }, { notify: a@b.c }, disable-user, log-out-user]
`;
const book = bookOf({ 'shop.yaml': portal });

describe('src/rules/decide/decide', () => {
  it('calls the application as the file does, else as Keycloak does, else by the client id', () => {
    const named = { ...registration, clientName: 'Shop in Keycloak' };
    const nameless = bookOf({ 'shop.yaml': portal.replace('application: The Shop\n', '') });
    const called = (rules: RuleBook, who: Registration) => {
      const decision = decide(rules, { registration: who, user });
      return decision.kind === 'decided' ? decision.application : null;
    };
    expect([called(book, named), called(nameless, named), called(nameless, registration)]).toEqual([
      'The Shop',
      'Shop in Keycloak',
      registration.clientId,
    ]);
  });

  it('follows the first rule that holds, and says of each rule why', () => {
    const decision = decide(book, { registration, user: { ...user, emailVerified: true } });
    expect(decision).toMatchObject({
      kind: 'decided',
      version: 'v1',
      matched: { file: 'shop.yaml', line: 6, rule: 'own staff' },
      steps: [{ uses: 'join-group', with: { group: '/staff' }, after: null }],
      application: 'The Shop',
      dryRun: false,
    });
    expect(decision.kind === 'decided' && decision.trace).toEqual([
      {
        file: 'shop.yaml',
        line: 6,
        rule: 'own staff',
        verdict: 'matched',
        because: 'e-mail domain "acme.com" is among acme.com, and e-mail address is verified',
        grounds: 'email-domain, email-verified',
      },
      ...[9, 12].map((line) =>
        expect.objectContaining({ line, verdict: 'not-reached', because: '"own staff" decided' }),
      ),
    ]);
  });

  it('asks for no more than the answer hangs on', () => {
    expect(decide(book, { registration })).toMatchObject({ kind: 'missing', what: 'user' });
    const stranger = { ...registration, email: 'x@trash.example' };
    expect(decide(book, { registration: stranger })).toMatchObject({ matched: { rule: 'throwaway mail' } });
  });

  it('puts what closes the door first, and keeps the order else', () => {
    const decision = decide(book, { registration: { ...registration, email: 'x@other.example' } });
    expect(decision).toMatchObject({ matched: { rule: 'everybody else' }, dryRun: true });
    expect(decision.kind === 'decided' && decision.steps.map(({ uses, after }) => [uses, after])).toEqual([
      ['disable-user', null],
      ['log-out-user', null],
      ['join-group', null],
      ['disable-user', 2_592_000_000],
      ['notify', null],
    ]);
  });

  it.each([
    ['refuse-registration', 'disable-user'],
    ['{ refuse-registration: { otherwise: delete-user } }', 'delete-user'],
  ])('locks out and tells a person who came through all the same: %s', (step, otherwise) => {
    const file = `version: 1\nrealm: acme\nclients: [shop]\nrules: [{ name: closed, then: [${step}] }]\n`;
    expect(decide(bookOf({ 'shop.yaml': file }), { registration })).toMatchObject({
      matched: { rule: 'closed' },
      steps: [
        { uses: otherwise, with: null, after: null },
        { uses: 'notify-user', with: { message: 'closed' }, after: null },
      ],
      written: [{ uses: 'refuse-registration', with: { message: 'closed', otherwise }, after: null }],
    });
  });

  it('leaves a client alone that no file names, and calls it by its id', () => {
    expect(decide(book, { registration: { ...registration, clientId: 'blog' } })).toEqual({
      kind: 'decided',
      version: 'v1',
      matched: null,
      trace: [],
      steps: [],
      written: [],
      application: 'blog',
      language: null,
      dryRun: false,
    });
  });

  it('tells the audit its grounds without what the person typed', () => {
    const decision = decide(book, { registration, user });
    const grounds = decision.kind === 'decided' ? decision.trace.map(({ grounds }) => grounds) : [];
    expect(grounds).toEqual(['email-verified', 'email-domain', 'no condition']);
  });
});
