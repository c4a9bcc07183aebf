import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { type AuditEntry, idsOf } from '../jobs/audit.ts';
import type { Progress, Recipient } from '../jobs/payloads.ts';
import type { Decision } from '../rules/model.ts';
import { greeted } from './greeted.ts';
import { aroundGate, letsThrough, waitsAtGate } from './gate.ts';

/** A plan of which no step is done yet. */
export function planOf(decision: Decision, registration: Registration, user: UserFacts): Progress {
  const { version, matched, application, language = null, dryRun } = decision;
  const gate = waitsAtGate(user) && letsThrough(decision) ? aroundGate(decision.steps) : null;
  const steps = gate?.steps ?? decision.steps;
  return {
    decision: { version, matched, steps, application, language, dryRun },
    ...(gate === null ? {} : { opensGateAfter: gate.opensGateAfter }),
    record: decidedEntry(registration, decision),
    done: 0,
    person: recipientOf(registration, user),
    accountWasEnabled: user.enabled,
  };
}

/** How to reach the person; `null`: there is no address. */
export function recipientOf(registration: Registration, user: UserFacts | null): Recipient | null {
  const address = registration.email ?? user?.email ?? null;
  return address === null
    ? null
    : {
        address,
        locale: user?.locale ?? registration.locale,
        ...greeted(user ?? registration),
        ...(user !== null && mustVerify(user) ? { toVerify: true } : {}),
      };
}

function mustVerify({ emailVerified, requiredActions = [] }: UserFacts): boolean {
  return !emailVerified && requiredActions.includes('VERIFY_EMAIL');
}

/** What the audit records of a decision. */
export function decidedEntry(
  registration: Registration,
  { matched, version, trace, steps, dryRun }: Decision,
): AuditEntry {
  const last = trace.at(-1);
  const asked = trace.flatMap((line) => line.asked ?? []);
  const names = steps.map((step) => step.uses).join(', ');
  return {
    kind: 'decided',
    ...idsOf(registration),
    ...(matched === null ? {} : { rule: matched }),
    version,
    outcome: matched === null ? 'no-rule' : dryRun ? `dry-run: ${names}` : names,
    // Not the reason with its values: the audit and the log hold nothing that the person typed.
    because:
      trace.find((line) => line.verdict === 'matched')?.grounds ?? last?.grounds ?? 'no rule file names this client',
    ...(asked.length > 0 && { asked }),
  };
}
