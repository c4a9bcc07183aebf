import type { Effects, StepContext, Outcome } from './effects.ts';
import type { KeycloakRef } from '../keycloak-ref.ts';
import type { Step, StepName } from '../model.ts';
import { deleteUser, disableUser, enableUser, logOutUser } from './account.ts';
import { setUserAttribute } from './attribute.ts';
import { joinGroup, leaveGroup } from './group.ts';
import { notify } from './notify.ts';
import { notifyUser } from './notify-user.ts';
import { requestApproval } from './request-approval.ts';
import { refuseRegistration } from './refuse-registration.ts';
import { addRequiredAction, removeRequiredAction } from './required-action.ts';
import { grantRole, revokeRole } from './role.ts';
import type { StepKind } from './step.ts';
import { webhook } from './webhook.ts';

/** Every step there is, in the order of the reference. */
export const steps: readonly StepKind[] = [
  disableUser,
  enableUser,
  logOutUser,
  deleteUser,
  joinGroup,
  leaveGroup,
  grantRole,
  revokeRole,
  setUserAttribute,
  addRequiredAction,
  removeRequiredAction,
  notifyUser,
  notify,
  webhook,
  requestApproval,
  refuseRegistration,
];

export const stepByName: ReadonlyMap<string, StepKind> = new Map(steps.map((kind) => [kind.name, kind]));

/** Does one step. */
export async function act(effects: Effects, context: StepContext, step: Step): Promise<Outcome> {
  const { act } = kindOf(step.uses);
  if (act === undefined) {
    throw new TypeError(`a decision has other steps in place of ${step.uses}`);
  }
  return act(effects, context, step.with);
}

/** The steps that are done for one step of a rule: nearly always that step. */
export function standsFor(step: Step): readonly Step[] {
  return kindOf(step.uses).standsFor?.(step.with) ?? [step];
}

/** Whether a step keeps the person out. */
export function locksOut(step: Step): boolean {
  const { locksOut } = kindOf(step.uses);
  return typeof locksOut === 'boolean' ? locksOut : locksOut(step.with);
}

/** Whether it does so at once. */
export function locksOutNow(step: Step): boolean {
  return step.after === null && locksOut(step);
}

/** Whether a step disables the account, at once. */
export function disablesNow(step: Step): boolean {
  return step.after === null && kindOf(step.uses).disables?.(step.with) === true;
}

/** Whether a step makes the account ready, at once. */
export function makesReady(step: Step): boolean {
  return step.after === null && kindOf(step.uses).readies === true;
}

/** Whether a step comes before the gate opens: it makes the account ready, or ends what the account had until then. */
export function isBeforeGate(step: Step): boolean {
  return makesReady(step) || locksOutNow(step);
}

/** These steps, and those inside them: the steps that follow an approval. */
export function everyStep(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => {
    const inside = step.with as Readonly<Record<string, readonly Step[]>> | null;
    const nested = kindOf(step.uses).nested ?? [];
    return [step, ...everyStep(nested.flatMap((field) => inside?.[field] ?? []))];
  });
}

/** What a step names of Keycloak's. */
export function referencesOf(step: Step): readonly KeycloakRef[] {
  return kindOf(step.uses).references?.(step.with) ?? [];
}

/** What a step is about, such as the path of a group. */
export function labelOf(step: Step): string {
  return kindOf(step.uses).label?.(step.with) ?? '';
}

function kindOf(name: StepName): StepKind {
  const kind = stepByName.get(name);
  if (kind === undefined) {
    throw new TypeError(`no such step: ${name}`); // a job of a newer version: it fails loudly, and is tried again
  }
  return kind;
}
