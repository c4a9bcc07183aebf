import { afterEach, describe, expect, it } from '@jest/globals';

import { giveToken, html, json, noContent, startStub, type Stub } from './stub.ts';

const who = { realm: 'acme', userId: 'u-1' };
const unauthorized = json(401, { error: 'HTTP 401 Unauthorized' });
let stub: Stub;

afterEach(() => stub.close());

describe('src/adapters/keycloak/tokens', () => {
  it('asks for one token, however many calls wait for it, and uses it again', async () => {
    stub = await startStub({ admin: noContent });
    await Promise.all(Array.from({ length: 10 }, () => stub.keycloak.accounts.apply(who, { kind: 'log-out' })));
    await stub.keycloak.accounts.apply(who, { kind: 'log-out' });
    expect(stub.tokens()).toBe(1);
    expect(new Set(stub.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
  });

  it('asks for one token per realm', async () => {
    stub = await startStub({ admin: noContent });
    await stub.keycloak.accounts.apply(who, { kind: 'log-out' });
    await stub.keycloak.accounts.apply({ ...who, realm: 'other' }, { kind: 'log-out' });
    expect(stub.tokens()).toBe(2);
  });

  it('renews a token that is refused, once, and makes the call again', async () => {
    stub = await startStub({
      admin: (response, { authorization }) => (authorization === 'Bearer token-1' ? unauthorized : noContent)(response),
    });
    await Promise.all(Array.from({ length: 4 }, () => stub.keycloak.accounts.apply(who, { kind: 'log-out' })));
    expect(stub.tokens()).toBe(2);
  });

  it('forgets a token that lacks a role, so that the next call sees a role that was given since', async () => {
    const forbidden = json(403, { error: 'HTTP 403 Forbidden' });
    stub = await startStub({
      admin: (response, { authorization }) => (authorization === 'Bearer token-1' ? forbidden : noContent)(response),
    });
    const logOut = () => stub.keycloak.accounts.apply(who, { kind: 'log-out' });
    await expect(logOut()).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN', details: { realm: 'acme' } });
    await expect(logOut()).resolves.toBeDefined();
    expect(stub.tokens()).toBe(2);
  });

  it.each([
    ["a proxy's 404", html(404), 'KEYCLOAK_UNAVAILABLE'],
    ['a missing realm', json(404, { error: 'Realm does not exist' }), 'REALM_UNKNOWN'],
    ['a wrong secret', json(401, { error: 'unauthorized_client' }), 'KEYCLOAK_FORBIDDEN'],
    ['a realm that is disabled', json(403, { error: 'access_denied' }), 'KEYCLOAK_FORBIDDEN'],
    ['an error', json(500, {}), 'KEYCLOAK_UNAVAILABLE'],
  ])('takes %s for what it is, and names the realm', async (_what, token, code) => {
    stub = await startStub({ admin: noContent, token });
    await expect(stub.keycloak.accounts.apply(who, { kind: 'log-out' })).rejects.toMatchObject({
      code,
      details: { realm: 'acme' },
    });
  });

  it('probes with a token of this moment, which the next calls use', async () => {
    stub = await startStub({
      admin: (response, { path }) =>
        path.includes('/events/config')
          ? json(200, { eventsEnabled: true })(response)
          : json(200, { id: 'u-1', username: 'service-account', createdTimestamp: 1 })(response),
    });
    await stub.keycloak.ping('acme');
    await stub.keycloak.probe('acme').catch(() => undefined); // a stub's token names no user
    expect(stub.tokens()).toBe(2);
  });

  it('gives up when a fresh token is refused too, and says what to look at', async () => {
    stub = await startStub({ admin: unauthorized });
    await expect(stub.keycloak.accounts.apply(who, { kind: 'log-out' })).rejects.toMatchObject({
      code: 'KEYCLOAK_FORBIDDEN',
      message: expect.stringContaining('KEYCLOAK_URL'),
    });
    expect(stub.seen).toHaveLength(2);
  });

  it('renews ahead of the end of a token while calls go on with the old one', async () => {
    let release: () => void = () => undefined;
    stub = await startStub({
      admin: noContent,
      token: (response, nth) => {
        if (nth === 1) {
          giveToken(1.5)(response, nth); // renewed from 1 s on, good until 1.35 s
        } else {
          release = () => giveToken(300)(response, nth);
        }
      },
    });
    const { accounts } = stub.keycloak;
    const deadline = Date.now() + 5_000;
    let renewing = false;
    while (!renewing && Date.now() < deadline) {
      await accounts.apply(who, { kind: 'log-out' });
      renewing = stub.tokens() === 2;
    }
    expect(renewing).toBe(true);
    expect(stub.seen.at(-1)?.authorization).toBe('Bearer token-1');
    release();
    while (stub.seen.at(-1)?.authorization !== 'Bearer token-2' && Date.now() < deadline) {
      await accounts.apply(who, { kind: 'log-out' });
    }
    expect(stub.seen.at(-1)?.authorization).toBe('Bearer token-2');
    expect(stub.tokens()).toBe(2);
  });

  it.each([
    ['refused credentials', json(401, { error: 'unauthorized_client' }), 'KEYCLOAK_FORBIDDEN'],
    ['a missing realm', json(404, { error: 'Realm does not exist' }), 'REALM_UNKNOWN'],
    ['a login page', html(200), 'KEYCLOAK_UNAVAILABLE'],
    ['a redirect', html(302, { location: '/' }), 'KEYCLOAK_UNAVAILABLE'],
    ['a Keycloak that starts', json(503, {}), 'KEYCLOAK_UNAVAILABLE'],
  ])('tells %s at the token endpoint', async (_, token, code) => {
    stub = await startStub({ admin: noContent, token });
    await expect(stub.keycloak.ping('acme')).rejects.toMatchObject({ code });
  });

  it('asks again after a failure: none is kept', async () => {
    stub = await startStub({
      admin: noContent,
      token: (response, nth) => (nth === 1 ? json(503, {})(response) : giveToken(300)(response, nth)),
    });
    await expect(stub.keycloak.ping('acme')).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
    await stub.keycloak.ping('acme');
  });
});
