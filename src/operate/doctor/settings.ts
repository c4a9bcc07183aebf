import type { SettingProblem } from '../../platform/setting-problems.ts';
import { type Config, settings } from '../../platform/settings.ts';
import { nearest } from '../../platform/did-you-mean.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';
import { isEverywhere, isNear } from './hosts.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Names of others that look like a slip of one of ours. */
const othersNames = /^(HTTP_PROXY|KEYCLOAK_ADMIN_\w+|MAIL_INBOX_URL)$/;

const remedies: Readonly<Record<SettingProblem['kind'], (name: string) => string>> = {
  missing: (name) => `set ${name}${isSecret(name) ? ` or ${name}_FILE` : ''}`,
  invalid: (name) => `correct ${name}`,
  unreadable: (name) => `let the service's user read the file that ${name}_FILE names`,
  'given-twice': (name) => `keep ${name}_FILE, and take ${name} out of the environment`,
  contradiction: (name) => `set what belongs to ${name}, or take it out`,
};

/** What is wrong with the settings by themselves, before anything is asked of a system. */
export function settingFindings(env: Env, problems: readonly SettingProblem[], config: Partial<Config>): Finding[] {
  const faults = [
    ...problems.map(({ kind, name, text }) => error(`setting-${kind}`, text, remedies[kind](name))),
    ...misspelt(env),
    ...ignoredFiles(env),
    ...modes(config),
    ...plainText(config),
    ...together(config),
  ];
  return faults.some(({ level }) => level === 'error')
    ? faults
    : [fine('settings', 'all settings that must be there are, and in their form'), ...faults];
}

function misspelt(env: Env): Finding[] {
  const ours = Object.keys(settings).flatMap((name) => (isSecret(name) ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((name) => !ours.includes(name) && !othersNames.test(name))
    .flatMap((name) => {
      const meant = nearest(name, ours, () => 2);
      return meant === undefined || meant[0] !== name[0] || (env[meant] ?? '') !== ''
        ? []
        : [warning('setting-misspelt', `${name} is no setting, did you mean ${meant}?`, `rename it to ${meant}`)];
    });
}

function ignoredFiles(env: Env): Finding[] {
  return Object.keys(settings)
    .filter((name) => !isSecret(name) && (env[`${name}_FILE`] ?? '') !== '')
    .map((name) =>
      warning('setting-file-ignored', `${name}_FILE is not read: only secrets may be given as files`, `set ${name}`),
    );
}

/** How the service runs, and where it listens. */
function modes({
  DRY_RUN,
  EVENTS_TOPIC_TRUSTED,
  HTTP_HOST,
  HTTP_PORT,
  OPS_HOST,
  OPS_PORT,
}: Partial<Config>): Finding[] {
  return holding(
    [
      EVENTS_TOPIC_TRUSTED === true,
      () =>
        warning(
          'events-topic-trusted',
          'EVENTS_TOPIC_TRUSTED is true: anyone who can write to the events topic decides who gets in',
          'take it out, and give the listener a signing-key and this service the same EVENT_SIGNING_KEY',
        ),
    ],
    [
      DRY_RUN === true,
      () =>
        warning(
          'dry-run',
          'DRY_RUN is true: rules are tried, and nothing is done',
          'take it out when you have seen enough',
        ),
    ],
    [
      isEverywhere(HTTP_HOST ?? ''),
      () =>
        warning(
          'http-open',
          `the approval pages listen on all addresses (HTTP_HOST=${HTTP_HOST})`,
          'in a container that is right; else listen on 127.0.0.1, behind a proxy that speaks https',
        ),
    ],
    [
      isEverywhere(OPS_HOST ?? ''),
      () =>
        warning(
          'ops-open',
          `health and metrics listen on all addresses (OPS_HOST=${OPS_HOST}), and ask for no login`,
          'let only your monitoring reach that port, or set OPS_HOST=127.0.0.1',
        ),
    ],
    [
      HTTP_PORT !== undefined && HTTP_PORT !== 0 && HTTP_PORT === OPS_PORT,
      () => error('ports-same', `HTTP_PORT and OPS_PORT are both ${HTTP_PORT}`, 'give them different ports'),
    ],
  );
}

/** What goes to other systems unencrypted, or without a password. */
function plainText({ KAFKA_BROKERS = [], KAFKA_TLS, KEYCLOAK_URL, REDIS_URL }: Partial<Config>): Finding[] {
  const keycloak = KEYCLOAK_URL === undefined ? undefined : new URL(KEYCLOAK_URL);
  const redis = REDIS_URL === undefined ? undefined : new URL(REDIS_URL.reveal());
  return holding(
    [
      keycloak?.protocol === 'http:' && !isNear(keycloak.hostname),
      () =>
        warning(
          'keycloak-plain',
          `the client's secret and its tokens go to ${keycloak?.host} unencrypted`,
          'use https:// in KEYCLOAK_URL',
        ),
    ],
    [
      KAFKA_TLS !== true && KAFKA_BROKERS.some((broker) => !isNear(hostOf(broker))),
      () =>
        warning(
          'kafka-plain',
          'what is said to Kafka is not encrypted: who reads along learns names and addresses, who changes it decides who gets in',
          'use the TLS port of the brokers, and set KAFKA_TLS=true',
        ),
    ],
    [
      redis?.protocol === 'redis:' && !isNear(redis.hostname),
      () =>
        warning(
          'redis-plain',
          `what is said to Redis at ${redis?.host} is not encrypted`,
          'use rediss:// in REDIS_URL',
        ),
    ],
    [
      redis !== undefined && redis.password === '' && !isNear(redis.hostname),
      () =>
        warning(
          'redis-no-password',
          `REDIS_URL has no password, and Redis is at ${redis?.host}`,
          'give Redis a user and a password: anyone who can write there decides who gets in',
        ),
    ],
  );
}

/** @param address host:port */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '');
}

function together(config: Partial<Config>): Finding[] {
  const names = [
    'KAFKA_EVENTS_TOPIC',
    'KAFKA_APPROVALS_TOPIC',
    'KAFKA_STATE_TOPIC',
    'KAFKA_DOOR_TOPIC',
    'KAFKA_AUDIT_TOPIC',
    'KAFKA_DEAD_LETTER_TOPIC',
  ] as const;
  return names.flatMap((name, index) => {
    const other = names.slice(0, index).find((before) => config[name] !== undefined && config[before] === config[name]);
    return other === undefined
      ? []
      : [error('topics-same', `${name} and ${other} are both ${config[name]}`, 'give each a topic of its own')];
  });
}

function isSecret(name: string): boolean {
  return Object.hasOwn(settings, name) && 'secret' in settings[name as keyof typeof settings];
}
