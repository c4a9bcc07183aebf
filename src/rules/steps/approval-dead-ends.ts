import { durationInWords } from '../../platform/duration.ts';
import type { ApprovalRequest } from '../model.ts';
import { distinct, isOne } from './approvers.ts';
import type { DeadEnd } from './step.ts';

/** What a question to approvers cannot do as it is written. */
export function deadEndsOfApproval(request: ApprovalRequest): DeadEnd[] {
  return [
    ...ofVotes(request),
    ...ofTimes(request),
    ...ofEscalation(request),
    ...ofDelegation(request),
    ...ofShown(request),
  ];
}

function ofVotes({ approvers, need, waitFor, hold }: ApprovalRequest): DeadEnd[] {
  const found: DeadEnd[] = [];
  const named = distinct(approvers).length;
  if (typeof need === 'number' && approvers.every(isOne) && need > named) {
    const message = `needs ${need} approvals, and names ${named} approver${named === 1 ? '' : 's'}`;
    found.push({ message, remedy: 'lower "need", or name more approvers' });
  }
  if (waitFor === 'email-verified' && hold === 'account') {
    const message = 'a disabled account cannot verify its address, so "wait-for" would wait for ever';
    found.push({ message, remedy: 'use "hold: gate" or "hold: none"' });
  }
  return found;
}

function ofTimes(request: ApprovalRequest): DeadEnd[] {
  const { remindAfter, remindAgain = [], expireAfter, digest, usuallyWithin } = request;
  const found: DeadEnd[] = [];
  const reminders = remindAfter === null ? [] : [remindAfter, ...remindAgain];
  const early = reminders.find((after, index) => index > 0 && after <= (reminders[index - 1] ?? 0));
  if (early !== undefined) {
    const message = `"remind-after" has ${durationInWords(early)} behind a time that is not earlier`;
    found.push({ message, remedy: 'each counts from when the approvers are asked: put the earliest first' });
  }
  const expired = 'when the question has expired';
  if (reminders.some((after) => after >= expireAfter)) {
    found.push({ message: `"remind-after" comes ${expired}`, remedy: 'remind earlier', severity: 'warning' });
  }
  if (digest !== undefined && digest >= expireAfter) {
    found.push({ message: `"digest" collects questions until they have expired`, remedy: 'make it shorter' });
  }
  if (usuallyWithin !== undefined && usuallyWithin > expireAfter) {
    const message = '"usually-within" promises a decision after the question has expired';
    found.push({ message, remedy: 'promise an earlier one, or raise "expire-after"' });
  }
  return found;
}

function ofEscalation({ approvers, escalate, expireAfter }: ApprovalRequest): DeadEnd[] {
  if (escalate === undefined) {
    return [];
  }
  const found: DeadEnd[] = [];
  if (escalate.after >= expireAfter) {
    const message = '"escalate" comes when the question has expired';
    found.push({ message, remedy: 'escalate earlier, or raise "expire-after"' });
  }
  if (distinct([...approvers, ...escalate.to]).length === distinct(approvers).length) {
    const message = '"escalate" names nobody who is not asked from the start';
    found.push({ message, remedy: 'name others under "to", or take them out of "approvers"' });
  }
  return found;
}

/** A question in a chat stays there: nobody knows who of the channel would hand it over. */
function ofDelegation({ approvers, escalate, delegate }: ApprovalRequest): DeadEnd[] {
  const asked = [...approvers, ...(escalate?.to ?? [])];
  return delegate !== undefined && asked.every((approver) => 'chat' in approver)
    ? [
        {
          message: '"delegate" lets nobody hand the question over: it is asked in a chat only',
          remedy: 'name people under "approvers", or take "delegate" out',
        },
      ]
    : [];
}

function ofShown({ show = [], reason }: ApprovalRequest): DeadEnd[] {
  return reason !== undefined && show.includes(reason)
    ? [
        {
          message: `approvers see "${reason}" twice: as the reason, and under "show"`,
          remedy: 'take it out of "show"',
          severity: 'warning',
        },
      ]
    : [];
}
