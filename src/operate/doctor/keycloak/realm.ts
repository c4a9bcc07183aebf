import type { RuleRef } from '../../../rules/model.ts';
import { gateId } from '../../setup/plan-gate.ts';
import { error, type Finding, fine, holding, warning } from '../finding.ts';
import type { RealmNeeds } from '../rules.ts';

/** Settings of the realm; `null` where they are not visible. */
export interface RealmSettings {
  readonly registrationAllowed: boolean | null;
  readonly verifyEmail: boolean | null;
  readonly gate: { readonly action: boolean; readonly forEverybody: boolean } | null;
}

export function realmFindings(
  realm: string,
  { registrationAllowed, verifyEmail, gate }: RealmSettings,
  needs: RealmNeeds,
): Finding[] {
  return holding(
    [
      registrationAllowed === false,
      () =>
        warning(
          'keycloak-registration-closed',
          `realm ${realm} lets nobody register by its form`,
          'Realm settings > Login > User registration; where people come by identity providers only, all is well',
        ),
    ],
    [
      verifyEmail === true && needs.disables,
      () =>
        warning(
          'keycloak-verify-dead-end',
          'the realm verifies addresses, and a rule disables people at once: they cannot use the link that they get',
          'use "hold: gate", or have the rule wait for email-verified',
        ),
    ],
    [
      verifyEmail === false && needs.waitsForVerified.length > 0,
      () =>
        error(
          'keycloak-verify-off',
          `rules wait for a verified address, and realm ${realm} has Verify Email off, so no approver is ever asked: ${rulesIn(needs.waitsForVerified)}`,
          'Realm settings > Login > Verify email; or add "add-required-action: VERIFY_EMAIL" to the rule, or take "wait-for" out',
        ),
    ],
    [
      needs.gate && gate !== null && !gate.action,
      () =>
        error(
          'keycloak-gate-off',
          `rules say "hold: gate", and the realm has no required action "${gateId}", or it is switched off`,
          `vestibule setup --realm ${realm} --door`,
        ),
    ],
    [
      gate?.forEverybody === true,
      () =>
        warning(
          'keycloak-gate-everybody',
          `the required action "${gateId}" is a default action: it holds every new user, also of clients without a rule`,
          `vestibule setup --realm ${realm} --door takes it from the default actions`,
        ),
    ],
    [
      verifyEmail === null && (needs.disables || needs.waitsForVerified.length > 0),
      () =>
        fine(
          'keycloak-not-visible',
          'whether the realm verifies addresses is not visible with these rights; an administrator could look (KEYCLOAK_ADMIN_USER)',
        ),
    ],
  );
}

function rulesIn(refs: readonly RuleRef[]): string {
  return refs.map(({ file, line, rule }) => `${file}:${line} "${rule}"`).join(', ');
}
