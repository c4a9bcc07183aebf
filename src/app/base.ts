import type { Logger } from 'pino';

import { KeycloakClock } from '../adapters/keycloak/clock.ts';
import type { Lifecycle } from '../platform/lifecycle.ts';
import { chatWebhooksIn } from '../platform/chat-webhooks.ts';
import type { Config } from '../platform/settings.ts';
import { problemsOfMails } from '../messages/templates/check.ts';
import { rulesThatAsk } from '../rules/decide/questions.ts';
import { realmsNamed } from '../rules/decide/realms-named.ts';
import { rulesWithStep } from '../rules/decide/with-step.ts';
import type { Problem } from '../rules/load/problem.ts';
import { unknownChannels } from '../rules/load/unknown-channels.ts';
import { watchRules, type WatchedRules } from '../rules/load/watch-rules.ts';
import type { Rule, RuleBook } from '../rules/model.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** What each part of the wiring needs. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly rules: WatchedRules;
  readonly metrics: Metrics;
  /** The realms that the rules of this moment name. */
  readonly realms: () => readonly string[];
  readonly clock: KeycloakClock;
  /** By Keycloak's clock. */
  readonly now: () => number;
}

const hour = 3_600_000;
const clockLookMs = 60_000;

/** Reads the rules and goes on watching their files. Rules with an error end the start. */
export async function openBase(config: Config, log: Logger, lifecycle: Lifecycle): Promise<Base> {
  const realms = () => realmsNamed(rules.current());
  const metrics = createMetrics(() => new Set(rules.current().files.flatMap(({ clients }) => clients)), realms);
  const { urls } = chatWebhooksIn(config.CHAT_WEBHOOKS?.reveal() ?? '');
  const rules = await lifecycle.open(
    'rules',
    () =>
      watchRules({
        dir: config.RULES_DIR,
        log,
        dryRun: config.DRY_RUN,
        allowRemoval: config.ALLOW_RULE_REMOVAL,
        everyMs: 500,
        cannot: (book) => [
          ...(config.WEBHOOK_SECRET === undefined ? unsigned(book) : []),
          ...unknownChannels(book, urls),
          ...problemsOfMails(book),
        ],
        onChange: (state) => metrics.rules(state),
      }),
    (watched) => watched.stop(),
  );
  const clock = new KeycloakClock();
  metrics.watchClock(() => clock.skewMs());
  await sayClock(clock, log, lifecycle);
  return { config, log, lifecycle, rules, metrics, realms, clock, now: () => clock.now() };
}

/** Says it once a minute for as long as the clocks differ. */
async function sayClock(clock: KeycloakClock, log: Logger, lifecycle: Lifecycle): Promise<void> {
  const look = () => {
    const because = clock.complaint();
    if (because !== null) {
      const remedy =
        'set both clocks by NTP; until then the ages of registrations are reckoned by the clock of Keycloak';
      log.error({ because, remedy }, 'the clocks of this machine and of Keycloak differ');
    }
  };
  await lifecycle.open(
    'clock',
    async () => setInterval(look, clockLookMs).unref(),
    (timer) => clearInterval(timer),
  );
}

export function warnOfModes({ DRY_RUN, EVENTS_TOPIC_TRUSTED }: Config, log: Logger): void {
  if (DRY_RUN) {
    log.warn('DRY_RUN is set: decides and records, but changes nothing and sends nothing');
  }
  if (EVENTS_TOPIC_TRUSTED) {
    log.warn(
      'EVENTS_TOPIC_TRUSTED is set: anyone who can write to the events topic decides who gets in; set EVENT_SIGNING_KEY',
    );
  }
}

/** Registrations that are older lead to nothing. */
export function maxAgeMsOf({ EVENT_MAX_AGE_HOURS }: Config): number {
  return EVENT_MAX_AGE_HOURS * hour;
}

function unsigned(book: RuleBook): Problem[] {
  return [
    ...rulesWithStep(book, 'webhook').map((rule) => noSecret(rule, 'has a webhook step', 'calls', 'step')),
    ...rulesThatAsk(book).map((rule) => noSecret(rule, 'asks a system', 'questions', 'condition')),
  ];
}

function noSecret({ file, line, name }: Rule, does: string, signs: string, what: string): Problem {
  return {
    file,
    line,
    col: 1,
    severity: 'error',
    message: `"${name}" ${does}, and WEBHOOK_SECRET, which signs its ${signs}, is not set`,
    remedy: `set it and start again, or take the ${what} out`,
  };
}
