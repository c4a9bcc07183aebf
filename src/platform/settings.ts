import { readFileSync } from 'node:fs';
import { z } from 'zod';

import { ServiceError } from './errors.ts';
import { Secret } from './secret.ts';
import {
  chatWebhooks,
  flag,
  keyPrefix,
  linkKeys,
  list,
  listOf,
  mailAddresses,
  port,
  positive,
  proxies,
  signingKeys,
  topic,
  url,
} from './setting-forms.ts';
import { contradictions, type SettingProblem, valueOf } from './setting-problems.ts';

/**
 * Every setting: its form, its default and what it is for. A secret may instead be given as `NAME_FILE`, the path of a
 * file that holds the value.
 */
export const settings = {
  KEYCLOAK_URL: { schema: url('http:', 'https:'), about: 'base URL of Keycloak, as its tokens name it' },
  KEYCLOAK_CLIENT_ID: {
    schema: z.string().min(1).default('vestibule'),
    about: 'client of the service account, the same in each realm',
  },
  KEYCLOAK_CLIENT_SECRET: {
    schema: z.string().min(1).optional(),
    about: 'secret of that client, in every realm',
    secret: true,
  },
  KEYCLOAK_CLIENT_SECRETS_DIR: {
    schema: z.string().min(1).optional(),
    about: 'for several realms: a folder with one file per realm, named after it, holding the secret',
  },
  KEYCLOAK_TIMEOUT_MS: { schema: positive.default(8_000), about: 'longest wait for one answer of Keycloak, in ms' },
  KAFKA_BROKERS: {
    schema: list,
    about: 'host:port, several separated by commas',
  },
  KAFKA_GROUP: {
    schema: z.string().min(1).default('vestibule'),
    about: 'consumer group; instances of one group share the work',
  },
  KAFKA_EVENTS_TOPIC: { schema: topic.default('keycloak.events'), about: 'where Keycloak events arrive' },
  EVENT_SIGNING_KEY: {
    schema: signingKeys.optional(),
    about: "the listener's signing-key, or several, the newest first: what it signed is believed without a look",
    secret: true,
  },
  EVENTS_TOPIC_TRUSTED: {
    schema: flag.default(false),
    about: 'true: believe every registration on the topic; every writer to the topic then decides who gets in',
  },
  KAFKA_APPROVALS_TOPIC: { schema: topic.default('vestibule.approvals'), about: 'compacted; the state of approvals' },
  KAFKA_STATE_TOPIC: { schema: topic.default('vestibule.state'), about: 'compacted; what else must not be forgotten' },
  KAFKA_DOOR_TOPIC: { schema: topic.default('vestibule.door'), about: "compacted; the rules, for Keycloak's door" },
  KAFKA_AUDIT_TOPIC: { schema: topic.default('vestibule.audit'), about: 'who, when, what, why; append-only' },
  KAFKA_DEAD_LETTER_TOPIC: { schema: topic.default('vestibule.dead-letter'), about: 'records that could not be read' },
  KAFKA_TLS: { schema: flag.default(false), about: 'true: TLS to the brokers' },
  KAFKA_SASL_MECHANISM: {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    about: 'plain, scram-sha-256 or scram-sha-512: how to log in to Kafka',
  },
  KAFKA_SASL_USERNAME: { schema: z.string().min(1).optional(), about: 'user of the login to Kafka' },
  KAFKA_SASL_PASSWORD: { schema: z.string().min(1).optional(), about: 'password of the login to Kafka', secret: true },
  REDIS_URL: {
    schema: url('redis:', 'rediss:'),
    about: 'an instance with noeviction and append-only file',
    secret: true,
  },
  REDIS_PREFIX: {
    schema: keyPrefix.default('vestibule'),
    about: 'start of every key',
  },
  SMTP_URL: {
    schema: url('smtp:', 'smtps:').refine((text) => !text.includes('?'), {
      error: 'must have no options (?…): what they would change has settings of its own',
    }),
    about: 'smtp://user:password@host:port, which changes to TLS by STARTTLS, or smtps://',
    secret: true,
  },
  SMTP_ALLOW_PLAINTEXT: {
    schema: flag.default(false),
    about: 'true: mail may go unencrypted to another machine whose server offers no STARTTLS',
  },
  MAIL_FROM: { schema: z.string().min(3), about: 'sender of all mail, "Name <address>" or an address' },
  PUBLIC_URL: {
    schema: url('http:', 'https:').transform((text) => text.replace(/\/+$/, '')),
    about: 'where approvers reach the approval pages',
  },
  LINK_KEYS: {
    schema: linkKeys,
    about: 'keys of links, at least 32 bytes each: "name:base64secret,…"; the first signs, all verify',
    secret: true,
  },
  WEBHOOK_SECRET: {
    schema: z
      .string()
      .regex(/^(whsec_)?[A-Za-z0-9+/=]{32,}$/, { error: 'must be whsec_ and base64 of at least 24 bytes' })
      .optional(),
    about: 'signs webhook calls and questions; needed when a rule has a webhook step or the condition external',
    secret: true,
  },
  WEBHOOK_ALLOW_PRIVATE: { schema: flag.default(false), about: 'true: such calls may go into private networks' },
  CHAT_WEBHOOKS: {
    schema: chatWebhooks.optional(),
    about: 'incoming webhooks of channels that rules ask: "slack:NAME=https://…,teams:NAME=https://…", or one a line',
    secret: true,
  },
  RULES_DIR: { schema: z.string().min(1).default('rules'), about: 'folder of the rule files' },
  ALLOW_RULE_REMOVAL: {
    schema: flag.default(false),
    about: 'true: the rules of a file that is gone go with it; else they stay in force until somebody confirms',
  },
  HTTP_HOST: { schema: z.string().min(1).default('127.0.0.1'), about: 'address of the approval pages' },
  HTTP_PORT: { schema: port.default(8090), about: 'port of the approval pages' },
  HTTP_TRUST_PROXY: {
    schema: proxies.default([]),
    about: 'proxies whose X-Forwarded-For is believed: addresses or ranges, separated by commas',
  },
  OPS_HOST: { schema: z.string().min(1).default('127.0.0.1'), about: 'address of health and metrics' },
  OPS_PORT: { schema: port.default(9464), about: 'port of health and metrics' },
  WORKER_CONCURRENCY: { schema: positive.max(200).default(8), about: 'registrations handled at once by one instance' },
  EVENT_MAX_AGE_HOURS: { schema: positive.default(168), about: 'older registrations are not acted upon' },
  PROTECTED_USERS: {
    schema: listOf(
      /^[^*?]+$/,
      'must be exact user names or ids: anyone who registers chooses the name, so that a pattern would let anybody be protected',
    ),
    about: 'accounts that no rule shuts out, logs out or deletes: user names or ids, separated by commas',
  },
  PROTECTED_GROUPS: {
    schema: listOf(/^(\/[^/]+)+$/, 'must be paths of groups, such as /staff or /sales/north'),
    about: 'groups, with those below them, whose members no rule shuts out, logs out or deletes',
  },
  LOCKOUT_LIMIT_PER_MINUTE: {
    schema: z.coerce.number({ error: 'must be a whole number, or 0 for no limit' }).int().nonnegative().default(60),
    about: 'people that one rule may disable or delete per minute and realm; one more stops the rule; 0: no limit',
  },
  ALERT_MAIL: {
    schema: mailAddresses,
    about: 'who gets a mail when a rule is stopped, or asks about very many people, several separated by commas',
  },
  FLOOD_ALARM_PER_HOUR: {
    schema: z.coerce.number({ error: 'must be a whole number, or 0 for no alarm' }).int().nonnegative().default(100),
    about: 'people that one rule may ask approvers about per hour and realm; one more is an alarm; 0: no alarm',
  },
  DRY_RUN: { schema: flag.default(false), about: 'true: decide and record, but change nothing and send nothing' },
  SHUTDOWN_GRACE_MS: { schema: positive.default(20_000), about: 'how long a stop may drain, in ms' },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
    about: 'least level that is logged: trace, debug, info, warn, error or fatal',
  },
} as const satisfies Record<string, { schema: z.ZodType; about: string; secret?: true }>;

type Values = { readonly [Name in keyof typeof settings]: z.output<(typeof settings)[Name]['schema']> };
type SecretName = {
  [Name in keyof typeof settings]: (typeof settings)[Name] extends { secret: true } ? Name : never;
}[keyof typeof settings];
export type Config = Readonly<
  Omit<Values, SecretName> & {
    [Name in SecretName]: undefined extends Values[Name] ? Secret | undefined : Secret;
  }
>;
type SettingName = keyof Config;
type Env = Readonly<Record<string, string | undefined>>;

/** For commands that ask Keycloak, or read a topic, and nothing else. */
export const keycloakSettings = [
  'KEYCLOAK_URL',
  'KEYCLOAK_CLIENT_ID',
  'KEYCLOAK_CLIENT_SECRET',
  'KEYCLOAK_CLIENT_SECRETS_DIR',
  'KEYCLOAK_TIMEOUT_MS',
] as const satisfies readonly SettingName[];
export const kafkaSettings = [
  'KAFKA_BROKERS',
  'KAFKA_GROUP',
  'KAFKA_EVENTS_TOPIC',
  'KAFKA_TLS',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
] as const satisfies readonly SettingName[];

const readText = (path: string): string => readFileSync(path, 'utf8');

/**
 * Reads all settings at once.
 * @throws ServiceError CONFIG_INVALID that lists every problem with the setting's name, never its value.
 */
export function readConfig(env: Env, readFile = readText): Config {
  return readSettings(env, Object.keys(settings) as SettingName[], readFile);
}

/** The same for some of the settings; what the others hold does not matter. */
export function readSettings<Name extends SettingName>(
  env: Env,
  names: readonly Name[],
  readFile = readText,
): Pick<Config, Name> {
  const { config, problems } = lookAtSettings(env, names, readFile);
  if (problems.length > 0) {
    const texts = problems.map(({ text }) => text);
    throw new ServiceError('CONFIG_INVALID', `settings are not usable:\n  ${texts.join('\n  ')}`, { problems: texts });
  }
  return Object.freeze(config) as Pick<Config, Name>;
}

export interface SeenSettings {
  /** Only those that can be used. */
  readonly config: Partial<Config>;
  readonly problems: readonly SettingProblem[];
}

/** Reads what can be read, for who wants to go on without the rest. */
export function lookAtSettings(
  env: Env,
  names: readonly SettingName[] = Object.keys(settings) as SettingName[],
  readFile = readText,
): SeenSettings {
  const problems: SettingProblem[] = [];
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const { schema, about, ...kind }: { schema: z.ZodType; about: string; secret?: true } = settings[name];
    const secret = 'secret' in kind;
    const given = valueOf(name, env, secret, readFile);
    if (typeof given === 'object') {
      problems.push(given);
      continue;
    }
    const parsed = schema.safeParse(given);
    if (parsed.success) {
      config[name] = secret && parsed.data !== undefined ? new Secret(parsed.data as string) : parsed.data;
    } else if (given === undefined) {
      problems.push({ name, kind: 'missing', text: `${name} is not set (${about})` });
    } else {
      const why = parsed.error.issues.map((issue) => issue.message).join('; ');
      problems.push({ name, kind: 'invalid', text: `${name} ${why} (${about})` });
    }
  }
  return { config, problems: [...problems, ...contradictions(env, names)] };
}
