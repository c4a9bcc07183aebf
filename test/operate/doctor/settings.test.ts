import { describe, expect, it } from '@jest/globals';

import { lookAtSettings } from '../../../src/platform/settings.ts';
import { settingFindings } from '../../../src/operate/doctor/settings.ts';

const good = {
  KEYCLOAK_URL: 'https://id.acme.com',
  KEYCLOAK_CLIENT_SECRET: 's3cret-of-keycloak',
  KAFKA_BROKERS: 'a:9092',
  REDIS_URL: 'rediss://user:s3cret-of-redis@redis.acme.com',
  SMTP_URL: 'smtps://mail.acme.com',
  MAIL_FROM: 'vestibule@acme.com',
  PUBLIC_URL: 'https://vestibule.acme.com',
  LINK_KEYS: `k1:${'A'.repeat(44)}`,
};

function findingsFor(env: Record<string, string | undefined>) {
  const { config, problems } = lookAtSettings(env, undefined, () => {
    throw Object.assign(new Error('no'), { code: 'EACCES' });
  });
  return settingFindings(env, problems, config);
}

describe('src/operate/doctor/settings', () => {
  it('has nothing to say against good settings', () => {
    expect(findingsFor(good)).toEqual([expect.objectContaining({ id: 'settings', level: 'ok' })]);
  });

  it('takes the names of other programs for no slip of ours', () => {
    const others = {
      HTTP_PROXY: 'http://proxy',
      HTTPS_PROXY: 'http://proxy',
      SMTP_PORT: 'tcp://10.0.0.1:25',
      REDIS_PORT: 'tcp://10.0.0.2:6379',
      MAIL: '/var/mail/me',
      LOGNAME: 'me',
      KEYCLOAK_ADMIN_USER: 'admin',
      LINK_KEYS_FILE: '',
    };
    expect(findingsFor({ ...good, ...others }).map(({ id }) => id)).toEqual(['settings']);
  });

  it.each([
    ['setting-missing', { PUBLIC_URL: undefined }, 'PUBLIC_URL'],
    ['setting-missing', { KEYCLOAK_CLIENT_SECRET: undefined }, 'vestibule setup'],
    ['setting-invalid', { HTTP_PORT: 'many' }, 'HTTP_PORT'],
    ['setting-invalid', { LINK_KEYS: 'letmein' }, 'LINK_KEYS'],
    ['setting-unreadable', { REDIS_URL: undefined, REDIS_URL_FILE: '/run/redis' }, 'EACCES'],
    ['setting-given-twice', { LINK_KEYS_FILE: '/run/keys' }, 'LINK_KEYS_FILE'],
    ['setting-contradiction', { KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME'],
    ['setting-misspelt', { KAFKA_BROKER: 'b:9092', KAFKA_BROKERS: undefined }, 'did you mean KAFKA_BROKERS?'],
    ['setting-misspelt', { REDIS_PREFX: 'x' }, 'REDIS_PREFIX'],
    ['setting-misspelt', { WEBHOOK_SECRET_FIEL: '/run/hook' }, 'WEBHOOK_SECRET_FILE'],
    ['setting-file-ignored', { KAFKA_BROKERS_FILE: '/run/brokers' }, 'KAFKA_BROKERS_FILE'],
    ['events-topic-trusted', { EVENTS_TOPIC_TRUSTED: 'true' }, 'decides who gets in'],
    ['dry-run', { DRY_RUN: 'true' }, 'nothing is done'],
    ['http-open', { HTTP_HOST: '0.0.0.0' }, 'HTTP_HOST=0.0.0.0'],
    ['ops-open', { OPS_HOST: '::' }, 'ask for no login'],
    ['ports-same', { HTTP_PORT: '8090', OPS_PORT: '8090' }, '8090'],
    ['topics-same', { KAFKA_AUDIT_TOPIC: 'keycloak.events' }, 'KAFKA_EVENTS_TOPIC'],
    ['keycloak-plain', { KEYCLOAK_URL: 'http://id.acme.com' }, 'id.acme.com'],
    ['kafka-plain', { KAFKA_BROKERS: 'kafka-1.acme.com:9092' }, 'KAFKA_TLS=true'],
    ['redis-plain', { REDIS_URL: 'redis://:s3cret@redis.acme.com' }, 'rediss://'],
    ['redis-no-password', { REDIS_URL: 'rediss://redis.acme.com' }, 'redis.acme.com'],
  ])('finds %s in %j', (id, change, words) => {
    const finding = findingsFor({ ...good, ...change }).find((finding) => finding.id === id);
    expect(`${finding?.what} ${finding?.remedy}`).toContain(words);
  });

  it('lets a container talk to its neighbours', () => {
    expect(
      findingsFor({ ...good, KEYCLOAK_URL: 'http://keycloak:8080', REDIS_URL: 'redis://redis' }).map(({ id }) => id),
    ).toEqual(['settings']);
  });

  it('shows no secret', () => {
    const everythingWrong = { ...good, LINK_KEYS: 's3cret', REDIS_URL: 's3cret', SMTP_URL: 's3cret', HTTP_PORT: 'x' };
    expect(JSON.stringify(findingsFor(everythingWrong))).not.toMatch(/s3cret/);
  });
});
