import type { Effects, StepContext, Outcome } from './effects.ts';
import type { Step, StepName } from '../model.ts';
import { deleteUser, disableUser, enableUser, logOutUser } from './account.ts';
import { setUserAttribute } from './attribute.ts';
import { joinGroup, leaveGroup } from './group.ts';
import { notify } from './notify.ts';
import { notifyUser } from './notify-user.ts';
import { requestApproval } from './request-approval.ts';
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
];

export const stepByName: ReadonlyMap<string, StepKind> = new Map(steps.map((kind) => [kind.name, kind]));

/** Does one step. */
export async function act(effects: Effects, context: StepContext, step: Step): Promise<Outcome> {
  return kindOf(step.uses).act(effects, context, step.with);
}

/** Whether a step keeps somebody out. */
export function closesDoor(step: Step): boolean {
  const { closesDoor } = kindOf(step.uses);
  return typeof closesDoor === 'boolean' ? closesDoor : closesDoor(step.with);
}

/** Whether it does so at once. */
export function closesNow(step: Step): boolean {
  return step.after === null && closesDoor(step);
}

function kindOf(name: StepName): StepKind {
  const kind = stepByName.get(name);
  if (kind === undefined) {
    throw new TypeError(`no such step: ${name}`); // a job of a newer version: fails loudly, and is tried again
  }
  return kind;
}
