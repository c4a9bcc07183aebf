import type { Node } from 'yaml';

import type { Rule, Step } from '../model.ts';
import type { Report } from './report.ts';
import { nodeAt, plain } from './yaml-document.ts';

// What reads well, and yet cannot do what its writer meant.

/** A step and where it stands. */
export interface ReadStep {
  readonly step: Step;
  readonly node: Node;
  readonly place: string;
}

/** These need no account, or end it themselves. */
const besideDelete = new Set<Step['uses']>([
  'delete-user',
  'disable-user',
  'log-out-user',
  'notify-user',
  'notify',
  'webhook',
]);

const opposites: Partial<Record<Step['uses'], Step['uses']>> = {
  'enable-user': 'disable-user',
  'leave-group': 'join-group',
  'revoke-role': 'grant-role',
  'remove-required-action': 'add-required-action',
};

export function findPointlessSteps(report: Report, steps: readonly ReadStep[]): void {
  const atOnce = steps.filter(({ step }) => step.after === null);
  if (atOnce.some(({ step }) => step.uses === 'delete-user')) {
    for (const { step, node, place } of steps.filter(({ step }) => !besideDelete.has(step.uses))) {
      report.add(node, `${place}: ${step.uses} can have no effect beside delete-user`, 'take one of them out');
    }
  }
  const first = new Map<string, ReadStep>();
  for (const read of atOnce) {
    const { step, node, place } = read;
    const about = JSON.stringify([opposites[step.uses] ?? step.uses, step.with]);
    const before = first.get(about);
    if (before === undefined) {
      first.set(about, read);
    } else {
      const clash = before.step.uses === step.uses ? `says the same as ${before.place}` : `undoes ${before.place}`;
      report.add(node, `${place}: ${step.uses} ${clash}`, 'take one of them out');
    }
  }
}

export function findDeadEnds(report: Report, step: Step, node: Node, place: string): void {
  if (step.uses !== 'request-approval') {
    return;
  }
  const { approvers, need, waitFor, hold, remindAfter, expireAfter } = step.with;
  const named = new Set(approvers.map((approver) => JSON.stringify(approver))).size;
  if (typeof need === 'number' && approvers.every((approver) => 'email' in approver) && need > named) {
    const message = `${place}: needs ${need} approvals, and names ${named} approver${named === 1 ? '' : 's'}`;
    report.add(node, message, 'lower "need", or name more approvers');
  }
  if (waitFor === 'email-verified' && hold === 'account') {
    const message = `${place}: a disabled account cannot verify its address, so "wait-for" would wait for ever`;
    report.add(node, message, 'use "hold: gate" or "hold: none"');
  }
  if (remindAfter !== null && remindAfter >= expireAfter) {
    report.add(node, `${place}: "remind-after" comes when the question has expired`, 'remind earlier', 'warning');
  }
}

/** A disabled account can follow no link of Keycloak's, so what verifies its address never ends. */
export function findVerifyDeadEnd(report: Report, { then }: Rule, node: Node, place: string): void {
  const disables = then.some(
    (step) =>
      step.after === null &&
      (step.uses === 'disable-user' || (step.uses === 'request-approval' && step.with.hold === 'account')),
  );
  const verifies = then.some((step) => step.uses === 'add-required-action' && step.with.action === 'VERIFY_EMAIL');
  if (disables && verifies) {
    const message = `${place}: a disabled account cannot verify its address, so VERIFY_EMAIL is a dead end`;
    report.add(node, message, 'leave the account enabled until the address is verified');
  }
}

export function findUnreachable(report: Report, rules: readonly Rule[], nodes: readonly Node[]): void {
  const first = new Map<string, Rule>();
  let forAll: Rule | undefined;
  for (const [index, rule] of rules.entries()) {
    const when = JSON.stringify(plain(nodeAt(nodes[index] ?? null, ['when'])));
    const same = first.get(when);
    if (forAll !== undefined) {
      const message = `"${rule.name}" can never be reached: "${forAll.name}" before it has no "when"`;
      report.add(nodes[index], message, 'put it before');
    } else if (same !== undefined && rule.when !== null) {
      const message = `"${rule.name}" can never be reached: "${same.name}" before it has the same "when"`;
      report.add(nodes[index], message, 'take one of them out');
    }
    first.set(when, same ?? rule);
    forAll ??= rule.when === null ? rule : undefined;
  }
}

export function findSameNames(report: Report, rules: readonly Rule[], nodes: readonly Node[]): void {
  const taken = new Set<string>();
  for (const [index, { name }] of rules.entries()) {
    if (taken.has(name)) {
      const node = nodeAt(nodes[index] ?? null, ['name']);
      report.add(node, `rules[${index}].name: "${name}" is taken`, 'the audit tells rules apart by name');
    }
    taken.add(name);
  }
}
