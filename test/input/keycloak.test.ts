import type { ServerResponse } from 'node:http';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { isServiceError } from '../../src/platform/errors.ts';
import { json, startStub, type Stub } from '../adapters/keycloak/stub.ts';
import { tryAll, tryGenerated } from './support/cases.ts';

const who = { realm: 'acme', userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9' };
const typed = 'mia@example.test';
let stub: Stub;
let reply: (response: ServerResponse) => void;
let token: (response: ServerResponse) => void;

beforeAll(async () => {
  stub = await startStub({ admin: (response) => reply(response), token: (response) => token(response) });
});
beforeEach(() => {
  reply = json(200, oddUser);
  token = json(200, { access_token: 'not.a.token-of-Keycloak', expires_in: 300 });
});
afterAll(() => stub.close());

/** What the service asks Keycloak and does there. */
const calls: Readonly<Record<string, (keycloak: Keycloak) => Promise<unknown>>> = {
  'read user': ({ users }) => users.read(who),
  'find user': ({ users }) => users.named('acme', 'mia'),
  'members of a group': ({ users }) => users.membersOf('acme', { group: '/desk' }),
  'registrations of the event store': ({ events }) => events.registrations('acme', { from: 0, first: 0, max: 10 }),
  'settings of the event store': ({ events }) => events.kept('acme'),
  'administrator or not': ({ privileges }) => privileges.administrativeRole(who),
  disable: ({ accounts }) => accounts.apply(who, { kind: 'disable' }),
  'log out': ({ accounts }) => accounts.apply(who, { kind: 'log-out' }),
  delete: ({ accounts }) => accounts.apply(who, { kind: 'delete' }),
  'join a group': ({ accounts }) => accounts.apply(who, { kind: 'join-group', path: '/desk' }),
  'give a role': ({ accounts }) =>
    accounts.apply(who, { kind: 'grant-role', role: { client: null, role: 'x' } as never }),
};

const say =
  (status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': type, ...headers }).end(body);

const statuses = [200, 201, 206, 302, 304, 400, 401, 403, 404, 409, 429, 500, 503, 599];
const bodies: Readonly<
  Record<string, readonly [type: string, body: string | Buffer, headers?: Record<string, string>]>
> = {
  'a page': ['text/html', `<html>${typed}</html>`],
  'JSON cut off': ['application/json', '{"id":"de2a'],
  'another error': [
    'application/json',
    JSON.stringify({ errorMessage: `error of ${'x'.repeat(5_000)}`, field: 'email' }),
  ],
  'an error that is no text': ['application/json', '{"error":{"a":1},"errorMessage":[1]}'],
  'a list': ['application/json', '[1,null,"x"]'],
  'a number': ['application/json', '7'],
  'broken packing': ['application/json', Buffer.from('not gzip'), { 'content-encoding': 'gzip' }],
  'not UTF-8': ['application/json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
};

const oddUser = { id: who.userId, username: 'mia', enabled: false, createdTimestamp: 1 };
const oddUsers: Readonly<Record<string, unknown>> = {
  'without a name': { ...oddUser, username: undefined },
  'whose state is text': { ...oddUser, enabled: 'false' },
  'whose state is missing': { ...oddUser, enabled: undefined },
  'whose time is text': { ...oddUser, createdTimestamp: '1' },
  'whose attributes are a list': { ...oddUser, attributes: ['x'] },
  'whose attribute is text': { ...oddUser, attributes: { a: 'x' } },
  'whose address is a list': { ...oddUser, email: [typed] },
  'in a list': [oddUser],
  nobody: null,
};

/** An error of ours that an operator can read, or an answer that says nothing was there. Never a success that was none. */
async function expectOneOfOurs(call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.then(
    (value) => ({ value }),
    (caught: unknown) => caught,
  );
  if (isServiceError(error)) {
    expect(error.message).not.toContain(typed);
    expect(error.message.length).toBeLessThan(600);
    return;
  }
  expect(error).toHaveProperty('value');
}

describe('bad input M: answers of Keycloak', () => {
  it.each(Object.keys(calls))(
    'makes an error of ours of each odd answer to "%s", or reads from it what it says',
    (name) =>
      tryAll(
        'M',
        statuses.flatMap((status) =>
          Object.entries(bodies).map(
            ([body, [type, content, headers]]) =>
              [`${status} with ${body}`, say(status, type, content, headers)] as const,
          ),
        ),
        async (admin) => {
          reply = admin;
          await expectOneOfOurs((calls[name] ?? (() => Promise.reject(new Error('no call'))))(stub.keycloak));
        },
      ),
  );

  it('does not take for a user what is none', () =>
    tryAll('M', Object.entries(oddUsers), async (user) => {
      reply = json(200, user);
      await expect(stub.keycloak.users.read(who)).rejects.toMatchObject({
        code: 'KEYCLOAK_UNAVAILABLE',
        message: 'read user: Keycloak answers in a form that is not known',
      });
    }));

  it('does not take for a token what is none', () =>
    tryAll(
      'M',
      [
        {},
        [],
        'token',
        { access_token: '' },
        { access_token: 1, expires_in: 1 },
        { access_token: 'x' },
        { access_token: 'x', expires_in: 0 },
        { access_token: 'x', expires_in: -1 },
        { access_token: 'x', expires_in: '300' },
        { access_token: 'x\r\ny: z', expires_in: 300 },
      ].map((answer) => [JSON.stringify(answer), answer] as const),
      async (answer) => {
        token = json(200, answer);
        await expect(
          stub.keycloak.users.read({ ...who, realm: `realm ${JSON.stringify(answer)}` }),
        ).rejects.toMatchObject({
          code: 'KEYCLOAK_UNAVAILABLE',
        });
      },
    ));

  it('reads any user, or says that the form is not known', async () => {
    const { users } = stub.keycloak;
    await tryGenerated(
      'M',
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          id: fc.string(),
          username: fc.string(),
          enabled: fc.boolean(),
          createdTimestamp: fc.integer(),
          attributes: fc.dictionary(fc.string(), fc.array(fc.string())),
        }),
      ),
      async (given) => {
        reply = json(200, given);
        await expectOneOfOurs(users.read(who));
      },
    );
  });
});
