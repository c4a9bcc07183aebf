import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import {
  kafkaSettings,
  keycloakSettings,
  lookAtSettings,
  readConfig,
  readSettings,
} from '../../src/platform/settings.ts';

const good = {
  KEYCLOAK_URL: 'https://id.acme.com',
  KEYCLOAK_CLIENT_SECRET: 's3cret-of-keycloak',
  KAFKA_BROKERS: 'a:9092, b:9092',
  REDIS_URL: 'redis://:s3cret-of-redis@localhost:6379',
  SMTP_URL: 'smtp://localhost:25',
  MAIL_FROM: 'Vestibule <vestibule@acme.com>',
  PUBLIC_URL: 'https://vestibule.acme.com/',
  LINK_KEYS: `k1:${'A'.repeat(44)}`,
};

const problemsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no problem';
};

describe('src/platform/settings', () => {
  it('reads settings and fills in what is usual', () => {
    const config = readConfig(good);
    expect(config.KAFKA_BROKERS).toEqual(['a:9092', 'b:9092']);
    expect(config.PUBLIC_URL).toBe('https://vestibule.acme.com');
    expect(config.OPS_HOST).toBe('127.0.0.1');
    expect(config.KEYCLOAK_CLIENT_SECRET?.reveal()).toBe('s3cret-of-keycloak');
  });

  it('names every problem at once, with what the setting is for', () => {
    const problems = problemsOf({ ...good, KEYCLOAK_URL: 'id.acme.com', HTTP_PORT: 'many', KAFKA_BROKERS: '' });
    expect(problems).toContain('KEYCLOAK_URL must be a URL that starts with http:// or https://');
    expect(problems).toContain('HTTP_PORT must be a port number');
    expect(problems).toContain('KAFKA_BROKERS is not set (host:port, several separated by commas)');
  });

  it('reads a secret from a file, and says so when both are given', () => {
    const { KEYCLOAK_CLIENT_SECRET: _, ...rest } = good;
    const config = readConfig({ ...rest, KEYCLOAK_CLIENT_SECRET_FILE: '/run/secret' }, () => 'from-file\n');
    expect(config.KEYCLOAK_CLIENT_SECRET?.reveal()).toBe('from-file');
    expect(problemsOf({ ...good, KEYCLOAK_CLIENT_SECRET_FILE: '/run/secret' })).toContain('both set; keep one');
    expect(problemsOf({ ...rest, KEYCLOAK_CLIENT_SECRET_FILE: '/no/such/file' })).toContain(
      'KEYCLOAK_CLIENT_SECRET_FILE cannot be read: ENOENT',
    );
  });

  it('asks for the login that a SASL mechanism needs', () => {
    expect(problemsOf({ ...good, KAFKA_SASL_MECHANISM: 'plain' })).toContain(
      'KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    );
  });

  it('reads a part of the settings, whatever the others hold', () => {
    const { KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET } = good;
    const env = { KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET, HTTP_PORT: 'many', KAFKA_SASL_MECHANISM: 'plain' };
    expect(readSettings(env, keycloakSettings).KEYCLOAK_CLIENT_ID).toBe('vestibule');
    expect(readSettings({ KAFKA_BROKERS: 'a:9092' }, kafkaSettings)).toMatchObject({
      KAFKA_BROKERS: ['a:9092'],
      KAFKA_EVENTS_TOPIC: 'keycloak.events',
    });
    expect(() => readSettings({ KEYCLOAK_URL }, keycloakSettings)).toThrow('KEYCLOAK_CLIENT_SECRET is not set');
  });

  it('shows no secret, whatever prints it', () => {
    const config = readConfig(good);
    const printed = `${JSON.stringify(config)}${inspect(config, { depth: 9 })}${String(config.REDIS_URL)}`;
    expect(printed).not.toMatch(/s3cret/);
    expect(problemsOf({ ...good, LINK_KEYS: 'not-a-key-s3cret' })).not.toMatch(/s3cret/);
  });

  it('reads lists, and has none unless said', () => {
    const config = readConfig({ ...good, PROTECTED_USERS: 'root, 5f0c1a9e', PROTECTED_GROUPS: '/staff,/sales/north' });
    expect(config.PROTECTED_USERS).toEqual(['root', '5f0c1a9e']);
    expect(config.PROTECTED_GROUPS).toEqual(['/staff', '/sales/north']);
    expect(config.ALERT_MAIL).toEqual([]);
  });

  it.each([
    ['PROTECTED_USERS', 'svc-*', 'must be exact user names or ids'],
    ['PROTECTED_GROUPS', 'staff', 'must be paths of groups'],
    ['PROTECTED_GROUPS', '/staff/', 'must be paths of groups'],
    ['ALERT_MAIL', 'Ops <ops@acme.com>', 'must be plain mail addresses'],
    ['LOCKOUT_LIMIT_PER_MINUTE', '-1', 'LOCKOUT_LIMIT_PER_MINUTE'],
    ['LOCKOUT_LIMIT_PER_MINUTE', 'none', 'must be a whole number, or 0 for no limit'],
    ['DRY_RUN', 'yes', 'must be true or false'],
  ])('refuses %s=%s', (name, value, problem) => {
    expect(problemsOf({ ...good, [name]: value })).toContain(problem);
  });

  it('believes X-Forwarded-For of named proxies only', () => {
    expect(readConfig(good).HTTP_TRUST_PROXY).toEqual([]);
    expect(readConfig({ ...good, HTTP_TRUST_PROXY: '10.0.0.0/8, ::1' }).HTTP_TRUST_PROXY).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
  });

  it.each([
    'true',
    'false',
    '1',
    'proxy.acme.com',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.1',
  ])('refuses to believe a proxy called %s, and says what to write', (text) => {
    expect(problemsOf({ ...good, HTTP_TRUST_PROXY: text })).toContain(
      'HTTP_TRUST_PROXY must be the addresses of your proxies, such as 10.0.0.0/8,::1',
    );
  });

  it('lets no option of the mail library in by SMTP_URL', () => {
    expect(problemsOf({ ...good, SMTP_URL: 'smtp://mail.acme.com:587?tls.rejectUnauthorized=false' })).toContain(
      'SMTP_URL must have no options',
    );
  });

  it.each([
    ['one that is too short', { EVENT_SIGNING_KEY: 's3cret' }, 'EVENT_SIGNING_KEY must hold keys of at least 32 bytes'],
    ['one of several', { EVENT_SIGNING_KEY: `${'k'.repeat(32)},short` }, 'openssl rand -base64 32'],
    ['no key at all', { EVENT_SIGNING_KEY: ' , ' }, 'EVENT_SIGNING_KEY must hold'],
    [
      'a trusted topic beside a key',
      { EVENT_SIGNING_KEY: 'k'.repeat(32), EVENTS_TOPIC_TRUSTED: 'true' },
      'keep one of the two',
    ],
  ])('refuses a signing key with %s', (_what, env, message) => {
    const { problems } = lookAtSettings(env);
    expect(problems.map(({ text }) => text).join()).toContain(message);
    expect(problems.map(({ text }) => text).join()).not.toContain('s3cret');
  });
});
