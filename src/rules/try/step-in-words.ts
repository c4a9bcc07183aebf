import { durationInWords } from '../../platform/duration.ts';
import type { ApprovalRequest, ApproverRef, Hold, Step } from '../model.ts';
import { standsFor } from '../steps/index.ts';

export interface StepInWords {
  /** `delete-user after 30 days`, `join-group /partners` */
  readonly headline: string;
  /** What belongs to the step, such as the outcomes of an approval. */
  readonly details: readonly string[];
}

export function stepInWords(step: Step): StepInWords {
  const after = step.after === null ? '' : ` after ${durationInWords(step.after)}`;
  if (step.uses === 'refuse-registration') {
    const instead = standsFor(step).map(stepOnOneLine).join(', ');
    return {
      headline: `${step.uses} ${refusalInWords(step.with.message)}`,
      details: [`an account that was made all the same: ${instead}`],
    };
  }
  return step.uses === 'request-approval'
    ? { headline: `${step.uses}${after}`, details: approvalInWords(step.with) }
    : { headline: `${step.uses}${step.with === null ? '' : ` ${operandInWords(step.with)}`}${after}`, details: [] };
}

/** The same on one line. */
export function stepOnOneLine(step: Step): string {
  const { headline, details } = stepInWords(step);
  return details.length === 0 ? headline : `${headline} (${details.join('; ')})`;
}

/** The name of a text, or the text that people read whose language has none of its own. */
export function refusalInWords(message: string | Readonly<Record<string, string>>): string {
  return typeof message === 'string' ? message : `"${message['en'] ?? ''}"`;
}

function operandInWords(operand: object): string {
  const given = Object.entries(operand as Record<string, string | readonly string[] | null>).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: typeof value === 'string' ? value : value.join(', ') }],
  );
  if ('client' in operand && 'role' in operand) {
    return `${String(operand.role)} of client ${String(operand.client)}`;
  }
  const [only, ...others] = given;
  return only !== undefined && others.length === 0
    ? only.value
    : given.map(({ key, value }) => `${key}: ${value}`).join(', ');
}

const holds: Readonly<Record<Hold, string>> = {
  account: 'the account stays disabled until then',
  gate: 'the gate holds the person until then',
  none: 'the person is in meanwhile',
};

function approvalInWords(request: ApprovalRequest): readonly string[] {
  const { approvers, need, hold, waitFor, expireAfter, show = [], approved, rejected, expired } = request;
  const most = need === 'all' ? 'all of them must agree' : need === 1 ? 'one must agree' : `${need} must agree`;
  return [
    `asks ${approvers.map(approverInWords).join(', ')}: ${most}`,
    ...(waitFor === null ? [] : ['asks only when the e-mail address is verified']),
    holds[hold],
    ...askedLaterInWords(request),
    `expires after ${durationInWords(expireAfter)}`,
    ...(show.length === 0 ? [] : [`shows them ${show.join(', ')}`]),
    ...toldInWords(request),
    ...Object.entries({ approved, rejected, expired }).map(
      ([outcome, steps]) => `${outcome}: ${steps.map(stepOnOneLine).join(', ') || 'no steps'}`,
    ),
  ];
}

/** Who is asked again, or instead, or beside the others. */
function askedLaterInWords(request: ApprovalRequest): readonly string[] {
  const { remindAfter, remindAgain = [], escalate, delegate, digest } = request;
  const reminders = remindAfter === null ? [] : [remindAfter, ...remindAgain].map(durationInWords);
  const [last, ...before] = reminders.toReversed();
  const times = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
  return [
    ...(reminders.length === 0 ? [] : [`reminds after ${times}`]),
    ...(escalate === undefined
      ? []
      : [`asks also ${escalate.to.map(approverInWords).join(', ')} after ${durationInWords(escalate.after)}`]),
    ...(delegate === undefined ? [] : [`may be handed over to a member of ${delegate}`]),
    ...(digest === undefined ? [] : [`collects questions for ${durationInWords(digest)}`]),
  ];
}

function toldInWords({ reason, usuallyWithin, tellOthers }: ApprovalRequest): readonly string[] {
  return [
    ...(reason === undefined ? [] : [`shows them the reason in ${reason}`]),
    ...(usuallyWithin === undefined ? [] : [`tells the person: usually within ${durationInWords(usuallyWithin)}`]),
    ...(tellOthers === undefined ? [] : ['tells the others that it is decided']),
  ];
}

function approverInWords(approver: ApproverRef): string {
  if ('email' in approver) {
    return approver.email;
  }
  if ('group' in approver) {
    return `the members of ${approver.group}`;
  }
  if ('chat' in approver) {
    return `the ${approver.chat} channel ${approver.channel}`;
  }
  const { client, role } = approver;
  return `the holders of role ${client === undefined ? '' : `${client}/`}${role}`;
}
