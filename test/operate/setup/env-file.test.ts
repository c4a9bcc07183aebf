import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { mergeEnv, readEnvFile, writeEnvFile } from '../../../src/operate/setup/env-file.ts';
import { fillEnvFile } from '../../../src/operate/setup/fill-env-file.ts';
import { readGiven, settingsAmong } from '../../../src/operate/setup/first-settings.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-env-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const line = (name: string, value: string) => ({ name, value, about: `about ${name}` });

describe('src/operate/setup/env-file', () => {
  it('marks what is to be filled in, and says what each setting is for', () => {
    expect(mergeEnv(null, [line('A', '1'), line('B', '')], '# head')).toEqual({
      text: '# head\n\n# about A\nA=1\n\n# FILL IN: about B\nB=\n',
      added: ['A'],
      blanks: ['B'],
    });
  });

  it('keeps every value and every line that is there, fills blanks in their place, adds the rest at the end', () => {
    const existing = '# mine\nB=\nexport A=old # why\n\nUNKNOWN=x\n# C=commented\n';
    const { text, added } = mergeEnv(existing, [line('A', 'new'), line('B', '2'), line('C', '3')], '# head');
    expect(text).toBe('# mine\nB=2\nexport A=old # why\n\nUNKNOWN=x\n# C=commented\n# about C\nC=3\n');
    expect(added).toEqual(['B', 'C']);
  });

  it.each([
    ['SECRET_FILE=/run/secret\n', line('SECRET', 's')],
    ['SECRET=s\n', line('SECRET_FILE', '/run/secret')],
  ])('adds no second form of a secret that is there (%j)', (existing, wanted) => {
    expect(mergeEnv(existing, [wanted], '')).toEqual({ text: existing, added: [], blanks: [] });
  });

  it('writes a value so that Node reads it as it was', () => {
    expect(parseEnv(mergeEnv(null, [line('A', "'\\n ")], '').text)).toEqual({ A: "'\\n " });
    const value = fc.string({ minLength: 1 }).filter((text) => !/[\n\r\0]/.test(text) && !/['"`].*['"`]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(parseEnv(mergeEnv(null, [line('A', text)], '').text)).toEqual({ A: text });
      }),
    );
  });

  it('makes a file that its owner alone can read, also of one that others could, and leaves nothing beside it', async () => {
    const file = join(dir, 'open.env');
    await writeFile(file, 'A=1\n', { mode: 0o644 });
    await writeEnvFile(file, 'A=2\n');
    expect(await readEnvFile(file)).toBe('A=2\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['open.env']);
    await rm(file);
  });
});

describe('src/operate/setup/fill-env-file', () => {
  const first = {
    keycloakUrl: 'http://127.0.0.1:8080',
    clientId: 'vestibule',
    secret: { value: 'the secret' },
    signingKeyFile: '/etc/vestibule/event-signing-key',
    given: {},
  };

  it('does not change a file that has all of it, and says so when the realm has another secret', async () => {
    const file = join(dir, 'twice.env');
    const about = await fillEnvFile(file, first);
    expect(about).toContain('Fill in there: KAFKA_BROKERS, REDIS_URL, SMTP_URL, MAIL_FROM, PUBLIC_URL');
    expect(about).toContain('DRY_RUN=true node');
    const text = await readFile(file, 'utf8');
    expect(await fillEnvFile(file, first)).not.toContain('another');
    expect(await fillEnvFile(file, { ...first, secret: { value: 'of another realm' } })).toContain('has another');
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(about).not.toContain('the secret');
  });
});

describe('src/operate/setup/first-settings', () => {
  it.each([
    ['KAFKA_BROKER=kafka:9092', '"KAFKA_BROKER" is no setting, did you mean "KAFKA_BROKERS"?'],
    ['REDIS_URL=http://redis', 'REDIS_URL must be a URL that starts with redis://'],
    ['MAIL_FROM', '--set MAIL_FROM needs a value'],
  ])('refuses --set %s before anything is changed', (pair, words) => {
    expect(() => readGiven([pair])).toThrow(words);
  });

  it('takes from the environment what belongs to the service, in the form that it has there', () => {
    expect(
      settingsAmong({ REDIS_URL_FILE: '/run/redis', KAFKA_BROKERS: '', HOME: '/root', KEYCLOAK_ADMIN_PASSWORD: 'x' }),
    ).toEqual({ REDIS_URL_FILE: '/run/redis' });
  });
});
