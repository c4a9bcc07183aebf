import { chatWebhooksIn } from '../../platform/chat-webhooks.ts';
import { type Config, lookAtSettings } from '../../platform/settings.ts';
import { kafkaSettingsOf } from '../../adapters/kafka/settings.ts';
import { packageFacts } from '../../platform/package-facts.ts';
import { problemsOfMails } from '../../messages/templates/check.ts';
import { type LoadResult, loadRules } from '../../rules/load/load.ts';
import type { RuleBook } from '../../rules/model.ts';
import { realmsNamed } from '../../rules/decide/realms-named.ts';
import { secretsOf } from '../../platform/secrets.ts';
import { signingKeysIn } from '../../platform/signing-keys.ts';
import { diagnose, type Probe, type Section } from './diagnose.ts';
import { linkKeyFindings, publicUrlFindings } from './links.ts';
import { kafkaProbe } from './probes/kafka.ts';
import { keycloakProbe } from './probes/keycloak.ts';
import { mailProbe } from './probes/mail.ts';
import { pagesProbe } from './probes/pages.ts';
import { redisProbe } from './probes/redis.ts';
import { needsOf, ruleFindings } from './rules.ts';
import { settingFindings } from './settings.ts';
import { nodeFindings } from './versions.ts';

export interface DoctorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Look at this realm instead of those that the rules name. */
  readonly realm?: string | undefined;
  /** Of an administrator of Keycloak, to look at what the service account may not see. */
  readonly admin: { readonly user: string; readonly password: string } | null;
  readonly onDone?: (section: Section) => void;
  readonly now?: () => number;
}

/** For each system, in ms. */
const limitMs = 5_000;
/** For one connection, so that its own words come before the limit. */
const patienceMs = 2_000;

/** Rules with a template that is wrong are not usable: the service does not take them. */
function withTemplates(loaded: LoadResult): LoadResult {
  const problems = loaded.book === null ? [] : problemsOfMails(loaded.book);
  return problems.length === 0 ? loaded : { ...loaded, book: null, problems: [...loaded.problems, ...problems] };
}

/** Looks at every setting and connection that matters, as far as what is set lets it. */
export async function examine({ env, realm, admin, onDone, now = Date.now }: DoctorOptions): Promise<Section[]> {
  const { config, problems } = lookAtSettings(env);
  const rules = withTemplates(await loadRules(config.RULES_DIR ?? 'rules'));
  const realms = realm === undefined ? (rules.book === null ? [] : realmsNamed(rules.book)) : [realm];
  const { version, engines } = packageFacts();
  const settled: readonly Probe[] = [
    {
      name: 'settings',
      area: 'settings',
      look: async (found) =>
        found(...nodeFindings(process.versions.node, engines.node), ...settingFindings(env, problems, config)),
    },
    {
      name: 'rules',
      area: 'rules',
      look: async (found) => {
        const { urls } = chatWebhooksIn(config.CHAT_WEBHOOKS?.reveal() ?? '');
        found(...ruleFindings(rules, realms, config.WEBHOOK_SECRET !== undefined, urls));
      },
    },
  ];
  const probes = [
    ...settled,
    ...linkProbes(config, now),
    ...keycloakProbes(config, { realms, rules, admin, version, now }),
    ...systemProbes(config, rules.book, now),
  ];
  return diagnose(probes, { limitMs, ...(onDone === undefined ? {} : { onDone }) });
}

function linkProbes({ LINK_KEYS, PUBLIC_URL }: Partial<Config>, now: () => number): Probe[] {
  return [
    {
      name: 'links',
      area: 'links',
      look: async (found) =>
        found(
          ...(LINK_KEYS === undefined ? [] : linkKeyFindings(LINK_KEYS.reveal())),
          ...(PUBLIC_URL === undefined ? [] : publicUrlFindings(PUBLIC_URL)),
        ),
    },
    ...(PUBLIC_URL === undefined ? [] : [pagesProbe({ publicUrl: PUBLIC_URL, now })]),
  ];
}

interface KeycloakContext {
  readonly realms: readonly string[];
  readonly rules: LoadResult;
  readonly admin: DoctorOptions['admin'];
  readonly version: string;
  readonly now: () => number;
}

function keycloakProbes(config: Partial<Config>, { realms, rules, admin, version, now }: KeycloakContext): Probe[] {
  const { KEYCLOAK_URL, KEYCLOAK_CLIENT_ID = 'vestibule' } = config;
  const { KAFKA_EVENTS_TOPIC = 'keycloak.events', KAFKA_DOOR_TOPIC = 'vestibule.door' } = config;
  if (KEYCLOAK_URL === undefined) {
    return [];
  }
  const url = KEYCLOAK_URL.replace(/\/+$/, '');
  return realms.map((realm) =>
    keycloakProbe({
      url,
      realm,
      clientId: KEYCLOAK_CLIENT_ID,
      secretOf: secretsOf(config),
      needs: needsOf(rules.book, realm),
      rulesVersion: rules.book?.version ?? null,
      eventsTopic: KAFKA_EVENTS_TOPIC,
      doorTopic: KAFKA_DOOR_TOPIC,
      signingKey: config.EVENT_SIGNING_KEY !== undefined,
      trusted: config.EVENTS_TOPIC_TRUSTED === true,
      version,
      admin: admin === null ? null : { url, ...admin },
      now,
    }),
  );
}

function systemProbes(config: Partial<Config>, rules: RuleBook | null, now: () => number): Probe[] {
  const { REDIS_PREFIX: prefix = 'vestibule' } = config;
  const { KAFKA_BROKERS, KAFKA_TLS = false, REDIS_URL, SMTP_URL, SMTP_ALLOW_PLAINTEXT = false, MAIL_FROM } = config;
  return [
    ...(KAFKA_BROKERS === undefined
      ? []
      : [
          kafkaProbe({
            settings: kafkaSettingsOf({ ...config, KAFKA_BROKERS, KAFKA_TLS }),
            topics: {
              events: config.KAFKA_EVENTS_TOPIC ?? 'keycloak.events',
              approvals: config.KAFKA_APPROVALS_TOPIC ?? 'vestibule.approvals',
              state: config.KAFKA_STATE_TOPIC ?? 'vestibule.state',
              door: config.KAFKA_DOOR_TOPIC ?? 'vestibule.door',
              audit: config.KAFKA_AUDIT_TOPIC ?? 'vestibule.audit',
              deadLetters: config.KAFKA_DEAD_LETTER_TOPIC ?? 'vestibule.dead-letter',
            },
            group: config.KAFKA_GROUP ?? 'vestibule',
            signingKeys: signingKeysIn(config.EVENT_SIGNING_KEY?.reveal() ?? ''),
            rules,
            patienceMs,
            now,
          }),
        ]),
    ...(REDIS_URL === undefined ? [] : [redisProbe({ url: REDIS_URL.reveal(), prefix, patienceMs, now })]),
    mailProbe({ url: SMTP_URL?.reveal(), from: MAIL_FROM, allowPlaintext: SMTP_ALLOW_PLAINTEXT, patienceMs }),
  ];
}
