import type { Approval, ApprovalStore } from '../src/approval/approval.ts';
import { expire, overtake, reminded } from '../src/approval/outcome.ts';
import type { Audit } from '../src/audit.ts';
import { ruleStopped } from '../src/carry-out/closing-limit.ts';
import { stepEntry } from '../src/carry-out/carry-out.ts';
import { askJob } from '../src/carry-out/effects.ts';
import type { Guards } from '../src/carry-out/guards.ts';
import type { DeadlineJob, Handler, Jobs, NewJob, UserLock } from '../src/jobs.ts';
import { reconcile, type ReconcileDeps } from '../src/reconcile.ts';
import type { Registration, Who } from '../src/registration/registration.ts';
import { decide } from '../src/rules/decide.ts';
import type { Effects } from '../src/rules/effects.ts';
import type { Decision, RuleBook, RuleRef, Step, UserFacts } from '../src/rules/model.ts';
import { alwaysCounts } from '../src/rules/rule-tests.ts';
import { act } from '../src/rules/steps/index.ts';

export interface DeadlinesDeps {
  readonly rules: () => RuleBook;
  readonly approvals: ApprovalStore & { republish(): Promise<number> };
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly effects: Effects;
  readonly guards: Guards;
  readonly jobs: Jobs;
  readonly lock: UserLock;
  readonly audit: Audit;
  readonly reconcile: () => Promise<string>;
  readonly now: () => number;
}

/** How long an outcome may stay unsettled before a sweep queues it again. */
const graceMs = 30_000;
const atOnce = 500;

/** Job that makes the decisions worker settle an approval; one for each revision. */
export function decisionJob(approvalId: string, revision: number): NewJob<'decisions'> {
  return { id: `settle-${approvalId}-${revision}`, data: { approvalId } };
}

/** What happens because time passed: approvals expire, outcomes that nobody settled are taken up, delayed steps act. */
export function createDeadlines(deps: DeadlinesDeps): Handler<'deadlines'> {
  const { approvals, jobs, audit, now } = deps;

  async function sweep(): Promise<string> {
    await approvals.republish();
    const due = await approvals.due(now(), graceMs, atOnce);
    for (const id of due) {
      await takeUp(id);
    }
    return `${due.length} due`;
  }

  async function takeUp(id: string): Promise<void> {
    const approval = await approvals.get(id);
    if (approval === null || approval.settled) {
      return;
    }
    if (approval.state !== 'waiting') {
      await jobs.add('decisions', [decisionJob(id, approval.revision)]);
      return;
    }
    if (approval.expiresAt <= now()) {
      const expired = expire(approval, now());
      // Lost against a vote that came first: then that vote stands.
      if (await approvals.replace(expired)) {
        await audit.record({ kind: 'expired', ...who(approval), rule: approval.rule, approval: id });
        await jobs.add('decisions', [decisionJob(id, expired.revision)]);
      }
    } else if (approval.remindAt !== null && approval.remindAt <= now()) {
      await jobs.add(
        'mail',
        unheard(approval).map((approver) => askJob(id, approver, 'remind')),
      );
      if (await approvals.replace(reminded(approval))) {
        await audit.record({ kind: 'reminded', ...who(approval), rule: approval.rule, approval: id });
      }
    }
  }

  async function actLater({ occasion, step }: Extract<DeadlineJob, { kind: 'delayed-step' }>, jobId: string) {
    const { registration, rule } = occasion;
    const due: Step = { ...step, after: null };
    return deps.lock.hold(registration, jobId, async () => {
      const user = await deps.users.read(registration);
      const because = user === null ? 'the user is gone' : await whyNot(user, occasion, due);
      const entry = { ...who(registration), rule, version: occasion.version, step: step.uses };
      if (because !== null) {
        await audit.record({ kind: 'skipped', ...entry, because });
        return 'no-longer';
      }
      const outcome = await act(deps.effects, occasion, due);
      await audit.record({ ...entry, ...stepEntry(step.uses, outcome) });
      return typeof outcome === 'string' ? 'applied' : 'left-alone';
    });
  }

  async function whyNot(user: UserFacts, occasion: DelayedOccasion, step: Step): Promise<string | null> {
    const { registration, rule } = occasion;
    const overtaken = await whyNoLonger(user, occasion, step.uses);
    if (overtaken !== null) {
      return overtaken;
    }
    const verdict = await deps.guards.ask({ rule, registration, user, steps: [step] });
    if (verdict.kind === 'stopped') {
      throw ruleStopped(rule, registration);
    }
    return verdict.kind === 'protected' ? verdict.because : null;
  }

  /** A delayed step acts only if its rule, as it is today, would still decide, and nobody let the person in meanwhile. */
  async function whyNoLonger(
    user: UserFacts,
    { registration, rule, key }: DelayedOccasion,
    step: string,
  ): Promise<string | null> {
    const approval = await approvals.get(key.split('/')[0] ?? '');
    if (approval !== null) {
      return step === 'delete-user' && approval.state !== 'approved' && approval.hold === 'account' && user.enabled
        ? 'somebody enabled the account meanwhile'
        : null;
    }
    const again = sameRule(deps.rules(), registration, user, rule);
    if (again === null) {
      return 'the rule no longer holds for this person';
    }
    const closes = again.steps.some(({ uses, after }) => uses === 'disable-user' && after === null);
    return step === 'delete-user' && closes && user.enabled ? 'somebody enabled the account meanwhile' : null;
  }

  /** An address can be verified without an event that says so: somebody has to look. */
  async function lookForVerified(): Promise<void> {
    for (const id of await approvals.waiting(atOnce)) {
      const approval = await approvals.get(id);
      if (approval?.waitFor === 'email-verified' && (await deps.users.read(approval))?.emailVerified === true) {
        await emailVerified(approval);
      }
    }
  }

  async function emailVerified({ realm, userId }: Who): Promise<string> {
    const waiting = await approvals.ofUser(realm, userId);
    for (const id of waiting) {
      const approval = await approvals.get(id);
      if (approval?.state === 'waiting' && approval.waitFor === 'email-verified') {
        await jobs.add(
          'mail',
          approval.approvers.map((_, index) => askJob(id, index, 'ask-verified')),
        );
      }
    }
    return `${waiting.length} asked`;
  }

  async function accountDeleted({ realm, userId }: Who): Promise<string> {
    const open = await approvals.ofUser(realm, userId);
    for (const id of open) {
      const approval = await approvals.get(id);
      if (approval?.state === 'waiting' && (await approvals.replace(overtake(approval, now())))) {
        await audit.record({ kind: 'overtaken', ...who(approval), approval: id });
      }
    }
    return `${open.length} overtaken`;
  }

  return ({ id, data }) => {
    switch (data.kind) {
      case 'sweep':
        return sweep();
      case 'reconcile':
        return lookForVerified().then(() => deps.reconcile());
      case 'delayed-step':
        return actLater(data, id);
      case 'email-verified':
        return emailVerified(data);
      case 'account-deleted':
        return accountDeleted(data);
      default:
        return data satisfies never;
    }
  };
}

/**
 * The decision that the rules of today come to, if it is still that rule's. How many registered around that time nobody
 * knows any more: a condition that counts is taken to hold or not, whichever leads to the rule again.
 */
function sameRule(book: RuleBook, registration: Registration, user: UserFacts, rule: RuleRef): Decision | null {
  const typed = { username: user.username, email: user.email };
  for (const count of [1, Number.POSITIVE_INFINITY]) {
    const decision = decide(book, {
      registration: { ...registration, ...typed },
      user,
      counts: alwaysCounts(count),
    });
    if (decision.kind === 'decided' && decision.matched?.file === rule.file && decision.matched.rule === rule.rule) {
      return decision;
    }
  }
  return null;
}

/** Looks into the event store of each realm that the rules name. One realm's trouble does not keep the others waiting. */
export function createReconciler({ realms, ...deps }: ReconcileDeps & { readonly realms: () => readonly string[] }) {
  return async (): Promise<string> => {
    const failures: unknown[] = [];
    let seen = 0;
    for (const realm of realms()) {
      try {
        seen += await reconcile(realm, deps);
      } catch (error) {
        deps.log.warn(
          { realm, err: error instanceof Error ? error.message : error },
          'the event store could not be read',
        );
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, 'event stores could not be read');
    }
    return `${seen} seen`;
  };
}

/** Approvers who have not voted, by number. */
function unheard({ approvers, votes }: Approval): number[] {
  return approvers.flatMap((address, index) => (votes.some(({ approver }) => approver === address) ? [] : [index]));
}

type DelayedOccasion = Extract<DeadlineJob, { kind: 'delayed-step' }>['occasion'];

function who({
  realm,
  clientId,
  userId,
  eventId,
}: {
  realm: string;
  clientId: string;
  userId: string;
  eventId: string;
}) {
  return { realm, clientId, userId, eventId };
}
