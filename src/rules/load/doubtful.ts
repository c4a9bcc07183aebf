import { globsOverlap } from '../../platform/glob.ts';
import { type Comparison, comparisonsIn } from '../comparisons.ts';
import type { Rule, Step } from '../model.ts';
import { placesOf } from './places.ts';
import type { Report } from './report.ts';

/** Warns of values that can stand there, and that hardly anybody means. */
export function findDoubtful(report: Report, rules: readonly Rule[]): void {
  for (const { when, then } of rules) {
    for (const condition of comparisonsIn(when)) {
      findUnknownSources(report, condition);
    }
    for (const step of stepsIn(then)) {
      findRoleWithSlash(report, step);
    }
  }
}

function stepsIn(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) =>
    step.uses === 'request-approval'
      ? [step, ...stepsIn([...step.with.approved, ...step.with.rejected, ...step.with.expired])]
      : [step],
  );
}

function findUnknownSources(report: Report, condition: Comparison): void {
  if (condition.key !== 'source') {
    return;
  }
  for (const source of condition.operand as readonly string[]) {
    const doubt = unknownSource(source);
    if (doubt !== null) {
      report.warn(placesOf(condition)[0], doubt.message, doubt.remedy);
    }
  }
}

/** @returns `null` for a source, or a glob of sources, that Keycloak's registrations can have */
export function unknownSource(source: string): { readonly message: string; readonly remedy: string } | null {
  return globsOverlap(source, 'form') || globsOverlap(source, 'broker:*')
    ? null
    : {
        message: `Keycloak itself names no source "${source}": it knows "form" and "broker:ALIAS"`,
        remedy: `for the identity provider with this alias write "broker:${source}"`,
      };
}

function findRoleWithSlash(report: Report, step: Step): void {
  if (step.uses !== 'grant-role' && step.uses !== 'revoke-role') {
    return;
  }
  const { client, role } = step.with;
  const [, ofClient, name] = /^([^/]+)\/([^/]+)$/.exec(role) ?? [];
  if (client === undefined && ofClient !== undefined) {
    const message = `this is the role "${role}" of the realm, with a "/" in its name`;
    report.warn(placesOf(step)[0], message, `for the role of a client write "{ client: ${ofClient}, role: ${name} }"`);
  }
}
