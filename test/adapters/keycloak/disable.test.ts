import { afterEach, describe, expect, it } from '@jest/globals';

import { json, noContent, startStub, type Stub } from './stub.ts';

const who = { realm: 'acme', userId: 'de2a8f6c-0000-4000-8000-000000000001' };
const disabled = { id: who.userId, username: 'mia', enabled: false, createdTimestamp: 1 };

describe('disable', () => {
  let stub: Stub | undefined;

  afterEach(async () => stub?.close());

  it('logs out again when a login that was under way opened its session after the log-out', async () => {
    let logOuts = 0;
    stub = await startStub({
      admin: (response, { method, path }) => {
        if (path.endsWith('/logout')) {
          logOuts += 1;
        }
        if (method !== 'GET') {
          noContent(response);
        } else if (path.includes('/sessions')) {
          json(200, logOuts === 1 ? [{ id: 'late' }] : [])(response);
        } else {
          json(200, disabled)(response);
        }
      },
    });
    expect(await stub.keycloak.accounts.apply(who, { kind: 'disable' })).toBe('changed');
    expect(logOuts).toBe(2);
  });

  it('says so when sessions come back each time', async () => {
    stub = await startStub({
      admin: (response, { method, path }) =>
        method === 'GET'
          ? json(200, path.includes('/sessions') ? [{ id: 'again' }] : disabled)(response)
          : noContent(response),
    });
    await expect(stub.keycloak.accounts.apply(who, { kind: 'disable' })).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });
});
