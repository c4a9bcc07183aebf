import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { type Audit, type AuditEntry, idsOf } from '../jobs/audit.ts';
import type { Progress } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Decision, Step } from '../rules/model.ts';
import type { Effects } from '../rules/steps/effects.ts';
import { holdsAtGate, refusesOutright, waitsForRules } from '../rules/steps/gate.ts';
import { isBeforeGate } from '../rules/steps/index.ts';
import { isCounted } from './lockout-limit.ts';
import { stepEntry } from './run-steps.ts';

/** Whether the gate holds the person until the rules have decided. */
export function waitsAtGate({ requiredActions = [] }: Pick<UserFacts, 'requiredActions'>): boolean {
  return waitsForRules(requiredActions);
}

/** Whether nothing in a decision keeps the person out: no disable or deletion, no approval at the gate, no refusal. */
export function letsThrough({ dryRun, steps }: Pick<Decision, 'dryRun' | 'steps'>): boolean {
  return dryRun || !(steps.some((step) => isCounted(step) || holdsAtGate(step)) || refusesOutright(steps));
}

/**
 * The steps in the order in which they are done to a person whom the gate lets through: what makes the account ready
 * comes first, so that nobody is in without what the application asks for. Mails and webhooks do not keep the person
 * waiting.
 * @returns `opensGateAfter`: how many steps come before the gate opens
 */
export function aroundGate(steps: readonly Step[]): Required<Pick<Progress, 'opensGateAfter'>> & { steps: Step[] } {
  const before = steps.filter(isBeforeGate);
  return { steps: [...before, ...steps.filter((step) => !isBeforeGate(step))], opensGateAfter: before.length };
}

/** The rules by which Keycloak holds people at the gate. */
export interface RulesInForce {
  /**
   * Their version, if an instance that is alive has them and this one has others, or if this one has not read them yet;
   * else `null`.
   */
  readonly otherRules: (about: Registration) => string | null;
}

/**
 * Instances can have different rules for a while. Keycloak may hold a person by rules that this instance does not have.
 * If it opened the gate, nobody would ever ask those rules. So it leaves the person to an instance that has them. It
 * does so too while it has not read the policy by which Keycloak held the person.
 * @throws ServiceError RULES_NOT_IN_FORCE
 */
export function requireRulesInForce({ otherRules }: RulesInForce, registration: Registration): void {
  const version = otherRules(registration);
  if (version !== null) {
    const details = { ...idsOf(registration), inForce: version };
    throw new ServiceError('RULES_NOT_IN_FORCE', 'an instance with the rules in force at the door decides', details);
  }
}

interface OpenGateDeps {
  readonly effects: Pick<Effects, 'accounts'>;
  readonly audit: Audit;
}

/** Lets the person through the gate. Harmless twice. */
export async function openGate(
  { effects, audit }: OpenGateDeps,
  registration: Registration,
  why: Pick<AuditEntry, 'rule' | 'version'>,
): Promise<void> {
  const outcome = await effects.accounts.apply(registration, { kind: 'open-gate' });
  await audit.record({ ...idsOf(registration), ...why, ...stepEntry('release', outcome) });
}
