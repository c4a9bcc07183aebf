import { asksRoles, type RoleKind } from '../../rules/decide/asks-roles.ts';
import { disablesAccount } from '../../rules/decide/disables-account.ts';
import { matchesGlob } from '../../platform/glob.ts';
import type { LoadResult } from '../../rules/load/load.ts';
import type { RuleBook, RuleRef } from '../../rules/model.ts';
import { formatProblem } from '../../rules/load/problem.ts';
import { unknownChannels } from '../../rules/load/unknown-channels.ts';
import { rulesThatAsk } from '../../rules/decide/questions.ts';
import { waitsForVerified } from '../../rules/decide/verification.ts';
import { needsGate } from '../../rules/door/needs-gate.ts';
import { headersNamed } from '../../rules/decide/headers-named.ts';
import { rulesWithStep } from '../../rules/decide/with-step.ts';
import { everyStep } from '../../rules/steps/index.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';

const setSecret = 'set it: echo whsec_$(openssl rand -base64 32)';

/** What is wrong with the rules, and with settings in the light of them. */
export function ruleFindings(
  { book, problems }: LoadResult,
  realms: readonly string[],
  hasWebhookSecret: boolean,
  channels: { has(channel: string): boolean } = new Set<string>(),
): Finding[] {
  const faults = problems.map((problem) =>
    problem.severity === 'warning'
      ? warning('rules-warning', formatProblem(problem), 'vestibule check tells more')
      : error('rules-invalid', formatProblem(problem), 'correct the file; vestibule check looks again'),
  );
  const noRealm = holding([
    realms.length === 0,
    () =>
      warning(
        'rules-no-realm',
        'no realm is known from the rules, so none was looked at',
        'name realms one by one in the rule files, or look at one with --realm; only named ones have their event store read',
      ),
  ]);
  if (book === null) {
    return [...faults, ...noRealm];
  }
  return [
    fine('rules', `${book.files.length} rule file${book.files.length === 1 ? '' : 's'}, version ${book.version}`),
    ...faults,
    ...noRealm,
    ...holding([
      rulesWithStep(book, 'webhook').length > 0 && !hasWebhookSecret,
      () => error('webhook-secret', 'a rule has a webhook step, and WEBHOOK_SECRET is not set', setSecret),
    ]),
    ...holding([
      rulesThatAsk(book).length > 0 && !hasWebhookSecret,
      () => error('question-secret', 'a rule asks a system, and WEBHOOK_SECRET is not set', setSecret),
    ]),
    ...unknownChannels(book, channels).map(({ message, remedy = '' }) => error('chat-channel', message, remedy)),
  ];
}

/** What the rules of a realm want of Keycloak beyond the usual. */
export interface RealmNeeds {
  /** Of which kind the roles are whose holders they ask: each takes a right. */
  readonly roleApprovers: readonly RoleKind[];
  /** They hold people at the gate. */
  readonly gate: boolean;
  /** They refuse registrations before there is an account. */
  readonly door: boolean;
  /** The request headers that they compare, in lower case. */
  readonly headers: readonly string[];
  /** They disable people as soon as they register. */
  readonly disables: boolean;
  /** Rules that ask nobody before the address is verified, and leave it to the realm to have it verified. */
  readonly waitsForVerified: readonly RuleRef[];
}

export function needsOf(book: RuleBook | null, realm: string): RealmNeeds {
  const files = book?.files.filter(({ realms }) => realms.some((pattern) => matchesGlob(pattern, realm))) ?? [];
  const steps = files.flatMap(({ rules }) => rules.flatMap(({ then }) => then));
  const asks = everyStep(steps).flatMap((step) => (step.uses === 'request-approval' ? [step.with] : []));
  return {
    roleApprovers: book === null ? [] : asksRoles(book, realm),
    gate: asks.some(({ hold }) => hold === 'gate') || (book !== null && needsGate({ ...book, files })),
    door: files
      .flatMap(({ rules }) => rules)
      .some(({ then, dryRun }) => !dryRun && then.some(({ uses }) => uses === 'refuse-registration')),
    headers: headersNamed({ files }),
    disables: disablesAccount(steps),
    waitsForVerified: files
      .flatMap(({ rules }) => rules)
      .filter((rule) => waitsForVerified(rule).length > 0)
      .map(({ file, line, name }) => ({ file, line, rule: name })),
  };
}
