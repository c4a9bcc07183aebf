import { afterEach, describe, expect, it } from '@jest/globals';

import { type ServiceError } from '../../../src/platform/errors.ts';
import { html, json, noContent, type Reply, startStub, type Stub } from './stub.ts';

const who = { realm: 'acme', userId: 'u-1' };
let stub: Stub;

afterEach(() => stub.close());

/** What the adapter makes of an answer to a plain write and to a read. */
async function errorsOf(admin: Reply, timeoutMs?: number): Promise<readonly (ServiceError | null)[]> {
  stub = await startStub({ admin, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const { accounts, users } = stub.keycloak;
  return Promise.all(
    [() => accounts.apply(who, { kind: 'log-out' }), () => users.read(who)].map((call) =>
      call().then(
        () => null,
        (error: ServiceError) => error,
      ),
    ),
  );
}

describe('src/adapters/keycloak/errors', () => {
  it.each<[string, Reply, string]>([
    ["a page of HTML with 200, such as a proxy's login", html(200), 'KEYCLOAK_UNAVAILABLE'],
    ['a redirect', html(302, { location: 'https://sso.example.test/' }), 'KEYCLOAK_UNAVAILABLE'],
    ["a 404 that is not Keycloak's", html(404), 'KEYCLOAK_UNAVAILABLE'],
    ['a page of HTML with 502', html(502), 'KEYCLOAK_UNAVAILABLE'],
    ['503 while Keycloak starts', json(503, { error: 'starting' }), 'KEYCLOAK_UNAVAILABLE'],
    ['408', json(408, {}), 'KEYCLOAK_UNAVAILABLE'],
    ['429', json(429, {}), 'KEYCLOAK_UNAVAILABLE'],
    ['a connection that breaks', (response) => response.destroy(), 'KEYCLOAK_UNAVAILABLE'],
    [
      'an answer that breaks off',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"id":', () => response.destroy());
      },
      'KEYCLOAK_UNAVAILABLE',
    ],
    ['403', json(403, { error: 'HTTP 403 Forbidden' }), 'KEYCLOAK_FORBIDDEN'],
    ['400', json(400, { errorMessage: 'error-user-attribute-required', field: 'phone' }), 'KEYCLOAK_REFUSED'],
    ['409', json(409, { errorMessage: 'Conflict' }), 'KEYCLOAK_REFUSED'],
    ['a missing realm', json(404, { error: 'Realm not found.' }), 'REALM_UNKNOWN'],
  ])('takes %s for what it is', async (_, reply, code) => {
    const errors = await errorsOf(reply);
    expect(errors.map((error) => error?.code)).toEqual([code, code]);
  });

  it('does not wait longer than it was told to', async () => {
    const errors = await errorsOf(() => undefined, 100);
    expect(errors.map((error) => error?.code)).toEqual(['KEYCLOAK_UNAVAILABLE', 'KEYCLOAK_UNAVAILABLE']);
    expect(errors[0]?.message).toContain('TimeoutError');
  });

  it('follows no redirect with a token in its hand', async () => {
    await errorsOf((response, { path }) => html(302, { location: `${path}/elsewhere` })(response));
    expect(stub.seen.some(({ path }) => path.includes('elsewhere'))).toBe(false);
  });

  it.each([
    ['in seconds', '7', 7_000],
    ['as a date long past', 'Thu, 01 Jan 2015 00:00:00 GMT', undefined],
    ['at most ten minutes', '86400', 600_000],
    ['not at all when it is nonsense', 'soon', undefined],
  ])('hands on when to come back, %s', async (_, header, expected) => {
    const [error] = await errorsOf(json(503, {}, { 'retry-after': header }));
    expect(error?.details['retryAfterMs']).toBe(expected);
  });

  it('says which field Keycloak complains about, and nothing that a person typed', async () => {
    const [error] = await errorsOf(
      json(400, { errorMessage: 'error-invalid-email', field: 'email', params: ['mia@example.test'] }),
    );
    expect(error?.message).toBe('log out: Keycloak refuses, 400 error-invalid-email (field email)');
    await stub.close();
    const [page] = await errorsOf(html(200));
    expect(JSON.stringify([error, page, page?.message, page?.details])).not.toContain('mia@');
  });

  it('reads from a 404 what is missing', async () => {
    const [write, read] = await errorsOf(json(404, { error: 'User not found' }));
    expect(write?.code).toBe('USER_GONE');
    expect(read).toBeNull();
  });
});

describe('src/adapters/keycloak/accounts', () => {
  it('does not call a door closed that a proxy says it closed', async () => {
    stub = await startStub({ admin: html(200) });
    await expect(stub.keycloak.accounts.apply(who, { kind: 'disable' })).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });

  it('disables again when something wrote the account back, and gives up as something to retry', async () => {
    const user = (enabled: boolean) => json(200, { id: 'u-1', username: 'mia', enabled, createdTimestamp: 1 });
    let reads = 0;
    stub = await startStub({
      admin: (response, { method, path }) => {
        if (method !== 'GET') {
          noContent(response);
        } else if (path.includes('/sessions')) {
          json(200, [])(response);
        } else {
          user(++reads < 3)(response);
        }
      },
    });
    await stub.keycloak.accounts.apply(who, { kind: 'disable' });
    const calls = stub.seen.filter(({ path }) => !path.includes('/sessions')).map(({ method }) => method);
    expect(calls.join(' ')).toBe('PUT POST GET PUT POST GET PUT POST GET');
    reads = -1_000;
    await expect(stub.keycloak.accounts.apply(who, { kind: 'disable' })).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });

  it.each([
    ['500', json(500, { error: 'unknown_error' })],
    ['400', json(400, { errorMessage: "User couldn't be deleted" })],
  ])('looks again when a deletion ends in %s: gone is done, and there is not', async (_, refused) => {
    let left = json(404, { error: 'User not found' });
    stub = await startStub({
      admin: (response, { method }) => (method === 'DELETE' ? refused : left)(response),
    });
    expect(await stub.keycloak.accounts.apply(who, { kind: 'delete' })).toBe('unchanged');
    left = json(200, { id: 'u-1', username: 'mia', enabled: true, createdTimestamp: 1 });
    await expect(stub.keycloak.accounts.apply(who, { kind: 'delete' })).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });
});
