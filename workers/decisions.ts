import type { Approval, ApprovalStore } from '../src/approval/approval.ts';
import { settle } from '../src/approval/outcome.ts';
import type { Audit } from '../src/audit.ts';
import { carryOut } from '../src/carry-out/carry-out.ts';
import { ruleStopped } from '../src/carry-out/closing-limit.ts';
import type { Guards } from '../src/carry-out/guards.ts';
import { ServiceError } from '../src/errors.ts';
import type { Handler, Person, UserLock } from '../src/jobs.ts';
import { readForGood } from '../src/registration/presence.ts';
import type { Registration, Who } from '../src/registration/registration.ts';
import type { Change, Effects, Occasion } from '../src/rules/effects.ts';
import { fateOf } from '../src/rules/fate.ts';
import { gateAction } from '../src/rules/gate.ts';
import type { Step, UserFacts } from '../src/rules/model.ts';
import { act, closesNow } from '../src/rules/steps/index.ts';

export interface DecisionsDeps {
  readonly approvals: ApprovalStore;
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly effects: Effects;
  readonly guards: Guards;
  readonly lock: UserLock;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * Carries out what an approval came to. Grants go before the door opens, so that nobody is in without what the
 * application asks for; a grant that cannot be made leaves the door shut and the job among the failed.
 */
export function createDecisions(deps: DecisionsDeps): Handler<'decisions'> {
  return async (job) => {
    const asked = await deps.approvals.get(job.data.approvalId);
    if (asked?.state === 'waiting') {
      // Redis lost the outcome that this job was queued for, and has it from Kafka in a moment. Done with, the job's id
      // would be taken, and nobody could settle the approval.
      throw new ServiceError('APPROVAL_CONFLICT', 'the approval is not decided yet', { approval: asked.id });
    }
    if (asked === null || asked.settled) {
      return 'nothing-to-do';
    }
    return deps.lock.hold(asked, job.id, async () => {
      const approval = await deps.approvals.get(asked.id);
      if (approval === null || approval.settled) {
        return 'nothing-to-do';
      }
      const user = await readForGood(deps.users, approval, approval.registeredAt, deps.now());
      if (user === null) {
        return gone(deps, approval);
      }
      try {
        await followUp(deps, approval, user, job.data.done ?? 0, (done) => job.save({ ...job.data, done }));
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'USER_GONE') {
          return gone(deps, approval);
        }
        throw error;
      }
      await close(deps, settle(approval));
      return approval.state;
    });
  };
}

async function followUp(
  { audit, effects, guards, now }: DecisionsDeps,
  approval: Approval,
  user: UserFacts,
  done: number,
  saveDone: (done: number) => Promise<void>,
): Promise<void> {
  const steps = approval.state === 'overtaken' || approval.state === 'waiting' ? [] : approval.then[approval.state];
  const verdict = await guards.ask({
    rule: approval.rule,
    registration: bareRegistration(approval),
    user,
    steps: steps.slice(done),
  });
  if (verdict.kind === 'stopped') {
    throw ruleStopped(approval.rule, approval);
  }
  if (verdict.kind === 'protected') {
    await audit.record({ kind: 'skipped', ...ids(approval), because: verdict.because });
  }
  // People decided, so what else follows is done: a protected person who was approved is let in.
  const leftOut = (step: Step): boolean => verdict.kind === 'protected' && closesNow(step);
  const follows = steps.filter((step) => !leftOut(step));
  const fate = fateOf(follows, approval.hold !== 'none', approval.decidedAt ?? now());
  const occasion = (index: number | string): Occasion => ({
    registration: bareRegistration(approval),
    person: personOf(user, approval),
    accountWasEnabled: approval.heldAccount,
    application: approval.application,
    fate,
    rule: approval.rule,
    version: approval.version,
    key: `${approval.id}/${approval.state}/${index}`,
  });
  if (approval.state === 'rejected' || approval.state === 'expired') {
    await effects.accounts.tellAtGate(approval, approval.state === 'rejected' ? 'refused' : 'expired');
  }
  if (approval.state !== 'approved') {
    await tell(effects, occasion('tell'), approval, steps);
  }
  await carryOut({
    steps,
    done,
    occasion,
    effects,
    act: async (effects, why, step) => (leftOut(step) ? 'unchanged' : act(effects, why, step)),
    onDone: async (step, result, count) => {
      if (!leftOut(step)) {
        await audit.record({ kind: 'step', ...ids(approval), step: step.uses, ...result });
      }
      await saveDone(count);
    },
  });
  if (approval.state === 'approved') {
    const change = await letIn(effects, approval);
    await audit.record({ kind: 'step', ...ids(approval), step: 'let-in', outcome: change });
    await tell(effects, occasion('tell'), approval, steps);
  }
}

/** Undoes this system's own hold, and no other: an account that somebody else disabled stays disabled. */
async function letIn(effects: Effects, approval: Approval): Promise<Change> {
  if (approval.hold === 'gate') {
    const change = await effects.accounts.removeRequiredAction(approval, gateAction);
    await effects.accounts.tellAtGate(approval, null);
    return change;
  }
  return approval.hold === 'account' && approval.heldAccount ? effects.accounts.enable(approval) : 'unchanged';
}

/** The person hears of every outcome, once; a rule that says it in its own words is not repeated. */
async function tell(effects: Effects, occasion: Occasion, approval: Approval, steps: readonly Step[]): Promise<void> {
  if (!steps.some((step) => step.uses === 'notify-user')) {
    await effects.tellUser(occasion, approval.state);
  }
}

async function gone(deps: DecisionsDeps, approval: Approval): Promise<string> {
  await deps.audit.record({ kind: 'skipped', ...ids(approval), because: 'the user is gone' });
  await close(deps, settle(approval));
  return 'user-gone';
}

async function close({ approvals, audit }: DecisionsDeps, settled: Approval): Promise<void> {
  // Before the approval is: an attempt that finds it settled has nothing more to do, nor to record.
  await audit.record({ kind: 'settled', ...ids(settled), outcome: settled.state });
  if (!(await approvals.replace(settled))) {
    throw new ServiceError('APPROVAL_CONFLICT', 'the approval changed while it was carried out', {
      approval: settled.id,
    });
  }
}

function bareRegistration(approval: Approval): Registration {
  const { eventId, registeredAt, realm, clientId, userId, ip, source, locale = null } = approval;
  const unknown = { username: null, email: null, firstName: null, lastName: null };
  return { eventId, time: registeredAt, realm, clientId, userId, ip, source, locale, ...unknown };
}

function personOf({ email, locale }: UserFacts, approval: Approval): Person | null {
  return email === null ? null : { address: email, locale: locale ?? approval.locale ?? null };
}

function ids({ realm, clientId, userId, eventId, rule, version, id }: Approval) {
  return { realm, clientId, userId, eventId, rule, version, approval: id };
}
