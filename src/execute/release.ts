import type { UserRef } from '../ingest/registration.ts';
import type { Hold, RoleRef, Step } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { gateAction } from '../rules/steps/gate.ts';

/** What Keycloak shows of a person, and only an administrator can have changed. */
export interface Signs {
  requiredActions(who: UserRef): Promise<readonly string[]>;
  /** Paths. */
  groups(who: UserRef): Promise<readonly string[]>;
  /** Whether a role was given to the person, not by way of a group or another role. */
  holdsRole(who: UserRef, role: RoleRef): Promise<boolean>;
}

export interface Held {
  readonly hold: Hold;
  /** What an approval would have given. */
  readonly grants: readonly Step[];
}

/**
 * Whether an administrator let a person in, past the approval. Signs are: an account that was disabled is enabled, the
 * gate is gone, or the person has a group or role that only an approval would have given. Under `hold: none` only the
 * last one counts: the account works all the time, so a login says nothing.
 * @returns what shows it, without names, or `null`
 */
export async function signOfLettingIn(
  signs: Signs,
  who: UserRef,
  user: Pick<UserFacts, 'enabled'>,
  { hold, grants }: Held,
): Promise<string | null> {
  if (hold === 'account' && user.enabled) {
    return 'somebody enabled the account meanwhile';
  }
  if (hold === 'gate' && !(await signs.requiredActions(who)).includes(gateAction)) {
    return `somebody took ${gateAction} from the account meanwhile`;
  }
  const joined = grants.some(({ uses }) => uses === 'join-group') ? await signs.groups(who) : [];
  for (const step of grants) {
    if (step.uses === 'join-group' && joined.includes(step.with.group)) {
      return `somebody made the person a member of ${step.with.group} meanwhile`;
    }
    if (step.uses === 'grant-role' && (await signs.holdsRole(who, step.with))) {
      const { client, role } = step.with;
      return `somebody gave the person the role ${client === undefined ? '' : `${client}/`}${role} meanwhile`;
    }
  }
  return null;
}
