import type { Node } from 'yaml';

import type { Rule, Step } from '../model.ts';
import { disablesNow, stepByName } from '../steps/index.ts';
import type { Report } from './report.ts';
import { nodeAt, plain } from './yaml-document.ts';

// Finds rules and steps that are well-formed, and yet cannot do what their author wants.

/** A step and where it stands. */
export interface ReadStep {
  readonly step: Step;
  readonly node: Node;
  readonly place: string;
}

export function findPointlessSteps(report: Report, steps: readonly ReadStep[]): void {
  const atOnce = steps.filter(({ step }) => step.after === null);
  if (atOnce.some(({ step }) => step.uses === 'delete-user')) {
    for (const { step, node, place } of steps.filter(({ step }) => stepByName.get(step.uses)?.besideDelete !== true)) {
      report.add(node, `${place}: ${step.uses} can have no effect beside delete-user`, 'take one of them out');
    }
  }
  const first = new Map<string, ReadStep>();
  for (const read of atOnce) {
    const { step, node, place } = read;
    const about = JSON.stringify([stepByName.get(step.uses)?.undoes ?? step.uses, step.with]);
    const before = first.get(about);
    if (before === undefined) {
      first.set(about, read);
    } else {
      const clash = before.step.uses === step.uses ? `says the same as ${before.place}` : `undoes ${before.place}`;
      report.add(node, `${place}: ${step.uses} ${clash}`, 'take one of them out');
    }
  }
}

/** @param within the step whose outcome these steps follow; `null`: they are the steps of a rule */
export function findNotAlone(report: Report, steps: readonly ReadStep[], within: string | null): void {
  for (const { step, node, place } of steps.filter(({ step }) => stepByName.get(step.uses)?.alone === true)) {
    if (within !== null) {
      report.add(node, `${place}: ${step.uses} cannot follow ${within}`, 'use disable-user or delete-user');
    } else if (steps.length > 1) {
      report.add(node, `${place}: ${step.uses} stands alone in "then"`, 'take the other steps out');
    }
    if (step.after !== null) {
      report.add(node, `${place}: ${step.uses} cannot wait`, 'take "after" out');
    }
  }
}

/** A disabled account can follow no link of Keycloak's, so what verifies its address never ends. */
export function findVerifyDeadEnd(report: Report, { then }: Rule, node: Node, place: string): void {
  const verifies = then.some((step) => step.uses === 'add-required-action' && step.with.action === 'VERIFY_EMAIL');
  if (then.some(disablesNow) && verifies) {
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
