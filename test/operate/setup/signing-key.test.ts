import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { aboutSigningKey, makeSigningKey, signingKeyFile } from '../../../src/operate/setup/signing-key.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-key-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('src/operate/setup/signing-key', () => {
  it('makes one key, that its owner alone can read, and keeps it', async () => {
    const file = signingKeyFile(join(dir, 'client-secret'));
    const made = await Promise.all([makeSigningKey(file), makeSigningKey(file)]);
    expect(made.filter((key) => key.made)).toHaveLength(1);
    const key = await readFile(file, 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await makeSigningKey(file);
    expect(await readFile(file, 'utf8')).toBe(key);
  });

  it('says what to set in Keycloak and in the service, and not what the key is', () => {
    const text = aboutSigningKey({ file: '/run/secrets/event-signing-key', made: true });
    expect(text).toContain('--spi-events-listener--vestibule--signing-key-file=/run/secrets/event-signing-key');
    expect(text).toContain('EVENT_SIGNING_KEY_FILE=/run/secrets/event-signing-key');
  });
});
