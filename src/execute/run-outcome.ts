import type { Approval, StaysDisabled } from '../approvals/approval.ts';
import { auditIds } from '../approvals/audit-ids.ts';
import { type AdminEvents, staysDisabled } from '../approvals/stays-disabled.ts';
import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Audit } from '../jobs/audit.ts';
import type { Recipient } from '../jobs/payloads.ts';
import { type Fate, fateOf } from '../rules/decide/fate.ts';
import type { Step } from '../rules/model.ts';
import type { Effects, Outcome, StepContext } from '../rules/steps/effects.ts';
import type { GateState } from '../rules/steps/gate.ts';
import { act, locksOutNow } from '../rules/steps/index.ts';
import type { Guards } from './guards.ts';
import { letIn } from './let-in.ts';
import { deletesAccount, ruleStopped } from './lockout-limit.ts';
import { runSteps, stepEntry } from './run-steps.ts';

export interface RunOutcomeDeps {
  readonly adminEvents: AdminEvents;
  readonly effects: Effects;
  readonly guards: Guards;
  readonly audit: Audit;
  readonly now: () => number;
}

/** How many steps an earlier attempt did, and how to save that. */
export interface OutcomeProgress {
  readonly done: number;
  readonly save: (done: number) => Promise<void>;
}

const notTold: Outcome = { leftAlone: 'the account stays disabled, so the person is not told that it is open' };

/**
 * Runs the steps that follow the outcome of an approval. Grants come before the hold ends, so that no user is in
 * without what the application asks for. If a grant cannot be made, the hold stays and the job fails.
 * @returns why the account stays disabled, if the person is approved and it does
 */
export async function runOutcome(
  deps: RunOutcomeDeps,
  approval: Approval,
  user: UserFacts,
  progress: OutcomeProgress,
): Promise<StaysDisabled | null> {
  const { adminEvents, audit, effects } = deps;
  const steps = stepsAfter(approval);
  const leftOut = await guarded(deps, approval, user, steps, progress.done);
  const context = contextOf(
    deps,
    approval,
    user,
    steps.filter((step) => !leftOut(step)),
  );
  const gateState = gateStateOf(approval);
  if (gateState !== null) {
    await effects.accounts.apply(approval, { kind: 'set-gate-state', state: gateState });
  }
  const approved = approval.state === 'approved';
  if (approved) {
    await audit.keptForGood(approval);
  }
  const stays = approved ? await staysDisabled(approval, user, adminEvents) : null;
  if (!approved) {
    await tell(effects, context('tell'), approval, steps);
  }
  await runSteps({
    steps,
    done: progress.done,
    context,
    effects,
    async act(effects, why, step) {
      if (leftOut(step)) {
        return 'unchanged';
      }
      if (deletesAccount(step)) {
        await untilMayDelete(deps, approval, user);
      }
      return stays !== null && step.uses === 'notify-user' ? notTold : act(effects, why, step);
    },
    async onDone(step, result, count) {
      if (!leftOut(step)) {
        await audit.record({ ...auditIds(approval), ...stepEntry(step.uses, result) });
      }
      await progress.save(count);
    },
  });
  if (!approved) {
    return null;
  }
  const outcome = await letIn(effects, context('release'), approval, stays);
  await audit.record({ ...auditIds(approval), ...stepEntry('release', outcome) });
  const inAfterAll = typeof outcome === 'string';
  if (inAfterAll) {
    await tell(effects, context('tell'), approval, steps);
  }
  return inAfterAll ? null : (stays ?? 'administrator');
}

/** What the gate's page says from now on. */
function gateStateOf({ state }: Approval): GateState | null {
  switch (state) {
    case 'rejected':
      return 'refused';
    case 'expired':
    case 'withdrawn':
      return state;
    default:
      return null;
  }
}

/** What follows the outcome. A person who withdrew is deleted, whatever the rule says. */
function stepsAfter({ state, then }: Approval): readonly Step[] {
  switch (state) {
    case 'waiting':
    case 'obsolete':
      return [];
    case 'withdrawn':
      return [{ uses: 'delete-user', with: null, after: null }];
    default:
      return then[state];
  }
}

/** A deletion waits until Kafka has what the audit says of it. The account is closed meanwhile. */
async function untilMayDelete({ audit, effects }: RunOutcomeDeps, approval: Approval, user: UserFacts): Promise<void> {
  try {
    await audit.keptForGood(approval);
  } catch (error) {
    if (user.enabled) {
      await effects.accounts.apply(approval, { kind: 'disable' });
    }
    throw error;
  }
}

/**
 * Asks the guards about the steps that are left. People decided, so of a protected person only the lockouts are left
 * out: a protected person who was approved is let in.
 * @returns whether a step is left out
 * @throws ServiceError RULE_STOPPED
 */
async function guarded(
  { audit, guards }: RunOutcomeDeps,
  approval: Approval,
  user: UserFacts,
  steps: readonly Step[],
  done: number,
): Promise<(step: Step) => boolean> {
  const registration = bareRegistration(approval);
  const wished = approval.state === 'withdrawn' ? ({ wished: true } as const) : {};
  const verdict = await guards.ask({ rule: approval.rule, registration, user, steps: steps.slice(done), ...wished });
  if (verdict.kind === 'stopped') {
    throw ruleStopped(approval.rule, approval);
  }
  if (verdict.kind === 'protected') {
    await audit.record({ kind: 'skipped', ...auditIds(approval), because: verdict.because });
    return locksOutNow;
  }
  await verdict.counted;
  return () => false;
}

/** Why and for whom each step is done, by the step's number or by the name of what is no step of the rule. */
function contextOf(
  { now }: RunOutcomeDeps,
  approval: Approval,
  user: UserFacts,
  follows: readonly Step[],
): (index: number | string) => StepContext {
  const fate: Fate | undefined = fateOf(follows, approval.hold !== 'none', approval.decidedAt ?? now());
  return (index) => ({
    registration: bareRegistration(approval),
    person: recipientOf(user, approval),
    accountWasEnabled: approval.heldAccount,
    disabledHere: approval.heldAccount,
    application: approval.application,
    fate,
    rule: approval.rule,
    version: approval.version,
    key: `${approval.id}/${approval.state}/${index}`,
  });
}

/** The person hears of every outcome, once. A rule with its own `notify-user` says it in its own words. */
async function tell(effects: Effects, context: StepContext, approval: Approval, steps: readonly Step[]): Promise<void> {
  if (!steps.some((step) => step.uses === 'notify-user')) {
    await effects.tellUser(context, approval.state);
  }
}

function bareRegistration(approval: Approval): Registration {
  const { eventId, registeredAt, realm, clientId, userId, ip, source, locale = null } = approval;
  const unknown = { username: null, email: null, firstName: null, lastName: null };
  return { eventId, time: registeredAt, realm, clientId, userId, ip, source, locale, ...unknown };
}

function recipientOf({ email, locale }: UserFacts, approval: Approval): Recipient | null {
  return email === null ? null : { address: email, locale: locale ?? approval.locale ?? null };
}
