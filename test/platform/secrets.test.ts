import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/platform/secret.ts';
import { secretsOf } from '../../src/platform/secrets.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'secrets-'));
  await writeFile(join(dir, 'acme'), 'of acme\n');
});
afterAll(() => rm(dir, { recursive: true }));

describe('src/platform/secrets', () => {
  it('takes the file of the realm, else the secret for all', () => {
    const secretOf = secretsOf({ KEYCLOAK_CLIENT_SECRETS_DIR: dir, KEYCLOAK_CLIENT_SECRET: new Secret('of all') });
    expect([secretOf('acme'), secretOf('blog'), secretOf('../acme')]).toEqual(['of acme', 'of all', 'of all']);
  });

  it('gives no job up while a file is missing: whoever exchanges secrets may take it away for a moment', () => {
    const secretOf = secretsOf({ KEYCLOAK_CLIENT_SECRETS_DIR: dir });
    for (const realm of ['blog', '..']) {
      expect(() => secretOf(realm)).toThrow(
        expect.objectContaining({
          code: 'KEYCLOAK_FORBIDDEN',
          retryable: true,
          details: expect.objectContaining({ realm }),
        }),
      );
    }
  });
});
