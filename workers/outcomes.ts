import type { Approval, ApprovalStore, Vote } from '../src/approvals/approval.ts';
import { isAddressOf, reopen, settle } from '../src/approvals/transitions.ts';
import type { Shown } from '../src/approvals/shown.ts';
import { type AdminEvents, staysDisabled } from '../src/approvals/stays-disabled.ts';
import type { StaysDisabled } from '../src/approvals/approval.ts';
import type { Audit } from '../src/jobs/audit.ts';
import { runSteps, stepEntry } from '../src/execute/run-steps.ts';
import { ruleStopped } from '../src/execute/lockout-limit.ts';
import { askJob } from '../src/approvals/ask-job.ts';
import type { Guards } from '../src/execute/guards.ts';
import { ServiceError } from '../src/platform/errors.ts';
import type { Handler, Jobs, Recipient, UserLock } from '../src/jobs/payloads.ts';
import { readForGood } from '../src/ingest/presence.ts';
import type { Registration, UserRef } from '../src/ingest/registration.ts';
import type { Effects, StepContext, Outcome } from '../src/rules/steps/effects.ts';
import { fateOf } from '../src/rules/decide/fate.ts';
import { gateAction } from '../src/rules/steps/gate.ts';
import type { Step } from '../src/rules/model.ts';
import type { UserFacts } from '../src/ingest/user.ts';
import { act, closesNow } from '../src/rules/steps/index.ts';

export interface OutcomesDeps {
  readonly approvals: ApprovalStore;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly shown: Shown;
  readonly adminEvents: AdminEvents;
  readonly jobs: Jobs;
  readonly effects: Effects;
  readonly guards: Guards;
  readonly lock: UserLock;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * Carries out what an approval came to. Grants go before the door opens, so that nobody is in without what the
 * application asks for; a grant that cannot be made leaves the door shut and the job among the failed.
 *
 * Approvers let in a person, not an account: if user name, address or name are others than on the page that an approver
 * saw, that vote is taken back, nothing is granted, and this approver is asked again. This also holds for votes that were
 * given while Keycloak was away. A rejection stands, whatever the person is called now.
 */
export function createOutcomes(deps: OutcomesDeps): Handler<'outcomes'> {
  return async (job) => {
    const asked = await deps.approvals.get(job.data.approvalId);
    if (asked !== null && asked.revision < job.data.revision) {
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
      if (approval.state === 'waiting') {
        // An earlier attempt took votes back, and may have died before it queued the mails.
        await askAgain(deps.jobs, approval);
        return 'reopened';
      }
      const user = await readForGood(deps.users, approval, approval.registeredAt, deps.now());
      if (user === null) {
        return gone(deps, approval);
      }
      const { done = 0 } = job.data;
      const reopened =
        done === 0 ? reopen(approval, (vote) => stillHolds(deps, approval, user, vote), deps.now()) : null;
      if (reopened !== null) {
        await takeBack(deps, approval, reopened);
        await askAgain(deps.jobs, reopened);
        return 'reopened';
      }
      let stays: StaysDisabled | null;
      try {
        stays = await followUp(deps, approval, user, done, (next) => job.save({ ...job.data, done: next }));
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'USER_GONE') {
          return gone(deps, approval);
        }
        throw error;
      }
      await close(deps, settle(approval, stays));
      return approval.state;
    });
  };
}

function stillHolds({ shown }: OutcomesDeps, approval: Approval, user: UserFacts, vote: Vote): boolean {
  return (
    !isAddressOf(vote.approver, user) && (vote.shown === undefined || shown.isSamePerson(vote.shown, approval, user))
  );
}

async function takeBack({ approvals, audit }: OutcomesDeps, approval: Approval, reopened: Approval): Promise<void> {
  // Before the approval is, as with `close`.
  const because = 'user name, address or name are not as approvers saw them; nothing was granted, they are asked again';
  await audit.record({ kind: 'reopened', ...ids(approval), because });
  if (!(await approvals.replace(reopened))) {
    throw new ServiceError('APPROVAL_CONFLICT', 'the approval changed while it was looked at', {
      approval: approval.id,
    });
  }
}

/** Asks everybody whose vote is missing; the mail's id makes it one mail for each time that votes were taken back. */
async function askAgain(jobs: Jobs, { id, approvers, votes, reopenedAt = 0 }: Approval): Promise<void> {
  const missing = [...approvers.entries()].filter(([, address]) => !votes.some(({ approver }) => approver === address));
  await jobs.add(
    'mail',
    missing.map(([index]) => askJob(id, index, `again-${reopenedAt}`)),
  );
}

/** @returns why the account stays disabled, if the person is approved and it does */
async function followUp(
  { adminEvents, audit, effects, guards, now }: OutcomesDeps,
  approval: Approval,
  user: UserFacts,
  done: number,
  saveDone: (done: number) => Promise<void>,
): Promise<StaysDisabled | null> {
  const steps = approval.state === 'obsolete' || approval.state === 'waiting' ? [] : approval.then[approval.state];
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
  const context = (index: number | string): StepContext => ({
    registration: bareRegistration(approval),
    person: personOf(user, approval),
    accountWasEnabled: approval.heldAccount,
    disabledHere: approval.heldAccount,
    application: approval.application,
    fate,
    rule: approval.rule,
    version: approval.version,
    key: `${approval.id}/${approval.state}/${index}`,
  });
  if (approval.state === 'rejected' || approval.state === 'expired') {
    await effects.accounts.apply(approval, {
      kind: 'set-gate-state',
      state: approval.state === 'rejected' ? 'refused' : 'expired',
    });
  }
  const approved = approval.state === 'approved';
  const stays = approved ? await staysDisabled(approval, user, adminEvents) : null;
  const one = async (effects: Effects, why: StepContext, step: Step): Promise<Outcome> => {
    if (leftOut(step)) {
      return 'unchanged';
    }
    return stays !== null && step.uses === 'notify-user' ? notTold : act(effects, why, step);
  };
  if (!approved) {
    await tell(effects, context('tell'), approval, steps);
  }
  await runSteps({
    steps,
    done,
    context,
    effects,
    act: one,
    onDone: async (step, result, count) => {
      if (!leftOut(step)) {
        await audit.record({ ...ids(approval), ...stepEntry(step.uses, result) });
      }
      await saveDone(count);
    },
  });
  if (!approved) {
    return null;
  }
  const outcome = await release(effects, context('release'), approval, stays);
  await audit.record({ ...ids(approval), ...stepEntry('release', outcome) });
  if (stays === null) {
    await tell(effects, context('tell'), approval, steps);
  }
  return stays;
}

const notTold: Outcome = { leftAlone: 'the account stays disabled, so the person is not told that it is open' };

/** Undoes this system's own hold, and no other: an account that somebody else disabled stays disabled. */
async function release(
  effects: Effects,
  context: StepContext,
  { hold, heldAccount, ...who }: Approval,
  stays: StaysDisabled | null,
): Promise<Outcome> {
  const opened =
    hold === 'gate'
      ? await openGate(effects, who)
      : hold === 'account' && heldAccount
        ? await effects.enableAgain(context)
        : 'unchanged';
  return stays === null || typeof opened !== 'string' ? opened : { leftAlone: whyItStays[stays] };
}

async function openGate({ accounts }: Effects, who: UserRef): Promise<Outcome> {
  const change = await accounts.apply(who, { kind: 'remove-required-action', action: gateAction });
  await accounts.apply(who, { kind: 'set-gate-state', state: null });
  return change;
}

const whyItStays: Readonly<Record<StaysDisabled, string>> = {
  administrator: 'the account stays disabled: somebody else disabled it as well',
  'not-ours': 'the account stays disabled: this service did not disable it',
  rule: 'the account stays disabled: the rule has no step that enables it',
};

/** The person hears of every outcome, once; a rule that says it in its own words is not repeated. */
async function tell(effects: Effects, context: StepContext, approval: Approval, steps: readonly Step[]): Promise<void> {
  if (!steps.some((step) => step.uses === 'notify-user')) {
    await effects.tellUser(context, approval.state);
  }
}

async function gone(deps: OutcomesDeps, approval: Approval): Promise<string> {
  await deps.audit.record({ kind: 'skipped', ...ids(approval), because: 'the user is gone' });
  await close(deps, settle(approval));
  return 'user-gone';
}

async function close({ approvals, audit }: OutcomesDeps, settled: Approval): Promise<void> {
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

function personOf({ email, locale }: UserFacts, approval: Approval): Recipient | null {
  return email === null ? null : { address: email, locale: locale ?? approval.locale ?? null };
}

function ids({ realm, clientId, userId, eventId, rule, version, id }: Approval) {
  return { realm, clientId, userId, eventId, rule, version, approval: id };
}
