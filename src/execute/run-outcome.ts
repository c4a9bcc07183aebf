import type { Approval, StaysDisabled } from '../approvals/approval.ts';
import { auditIds } from '../approvals/audit-ids.ts';
import { type AdminEvents, staysDisabled } from '../approvals/stays-disabled.ts';
import { stepsAfter } from '../approvals/steps-after.ts';
import type { Done } from '../approvals/transitions.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Audit } from '../jobs/audit.ts';
import type { Step } from '../rules/model.ts';
import type { Effects, Outcome, StepContext, StepResult } from '../rules/steps/effects.ts';
import { act, locksOutNow } from '../rules/steps/index.ts';
import type { Guards } from './guards.ts';
import { letIn } from './let-in.ts';
import { ruleStopped } from './lockout-limit.ts';
import type { OutcomeProgress } from './outcome-progress.ts';
import { bareRegistration, outcomeContext } from './outcome-context.ts';
import { gateStateOf, nameOf, type Task, tasksOf } from './outcome-tasks.ts';
import { stepEntry } from './run-steps.ts';
import { errorFor, runTasks } from './run-tasks.ts';

/** A note among what is done: this service disabled the account until the deletion can be made. */
const closedMeanwhile = 'closed meanwhile';

export interface RunOutcomeDeps {
  readonly adminEvents: AdminEvents;
  readonly effects: Effects;
  readonly guards: Guards;
  readonly audit: Audit;
  readonly now: () => number;
}

const notTold: Outcome = { leftAlone: 'the account stays disabled, so the person is not told that it is open' };

/** One attempt at an outcome. */
interface Attempt {
  readonly deps: RunOutcomeDeps;
  readonly approval: Approval;
  readonly user: UserFacts;
  readonly context: (key: string) => StepContext;
  /** Why the account stays disabled, once that is known. */
  stays: StaysDisabled | null | undefined;
}

/**
 * Does what follows the outcome of an approval. Each part is tried on its own, and what fails is tried again while the rest
 * is done: see `tasksOf` for what waits for what.
 * @returns what is otherwise than the outcome says: why the account stays disabled, and steps that were left out
 * @throws what stands for all that failed
 */
export async function runOutcome(
  deps: RunOutcomeDeps,
  approval: Approval,
  user: UserFacts,
  progress: OutcomeProgress,
): Promise<Done> {
  const { audit } = deps;
  const isLeftOut = await guarded(deps, approval, user, progress);
  const steps = stepsAfter(approval);
  const follows = steps.filter((step) => !isLeftOut(step));
  const attempt: Attempt = {
    deps,
    approval,
    user,
    context: outcomeContext(approval, user, follows, deps.now),
    stays: undefined,
  };
  const tasks = tasksOf(approval, isLeftOut);
  if (approval.state === 'approved') {
    await audit.keptForGood(approval);
  }
  const failures = await runTasks({
    tasks,
    progress,
    act: (task) => doTask(attempt, task),
    async onDone(task, result) {
      if (isAudited(task)) {
        await audit.record({ ...auditIds(approval), ...stepEntry(nameOf(task).step, result) });
      }
    },
  });
  if (failures.length > 0) {
    await progress.failed(failures);
    await closeMeanwhile(attempt, tasks, progress);
    throw errorFor(failures);
  }
  const stays = approval.state === 'approved' ? await whyItStays(attempt) : null;
  const leftOut = steps.flatMap((step, number) => (isLeftOut(step) && !progress.did(String(number)) ? [number] : []));
  return { ...(stays === null ? {} : { staysDisabled: stays }), ...(leftOut.length === 0 ? {} : { leftOut }) };
}

async function doTask(attempt: Attempt, { key, does }: Task): Promise<StepResult> {
  const { deps, approval, context } = attempt;
  const { audit, effects } = deps;
  switch (does) {
    case 'set-gate-state': {
      const state = gateStateOf(approval);
      return state === null ? 'unchanged' : effects.accounts.apply(approval, { kind: 'set-gate-state', state });
    }
    case 'release':
      return release(attempt, context(key));
    case 'tell':
      return (await isTrue(attempt)) ? effects.tellUser(context(key), approval.state) : 'unchanged';
    default:
      break;
  }
  const why = context(key);
  if (does.after !== null) {
    return { dueAt: await effects.later(why, does, does.after) };
  }
  if (does.uses === 'notify-user' && !(await isTrue(attempt))) {
    return notTold;
  }
  if (does.uses === 'delete-user') {
    await audit.keptForGood(approval);
  }
  return act(effects, why, does);
}

/** The service's own mail and the mark at the gate have no entry: they say what the approval's state says. */
function isAudited({ does }: Task): boolean {
  return does !== 'tell' && does !== 'set-gate-state';
}

async function release(attempt: Attempt, context: StepContext): Promise<Outcome> {
  const { deps, approval } = attempt;
  const stays = await whyItStays(attempt);
  const outcome = await letIn(deps.effects, context, approval, stays);
  attempt.stays = typeof outcome === 'string' ? null : (stays ?? 'administrator');
  return outcome;
}

/** Whether what the person is about to be told holds: nobody who is still out hears that the account is open. */
async function isTrue(attempt: Attempt): Promise<boolean> {
  return attempt.approval.state !== 'approved' || (await whyItStays(attempt)) === null;
}

/** Asked once: for the release, or after an earlier attempt made it. */
async function whyItStays(attempt: Attempt): Promise<StaysDisabled | null> {
  const { deps, approval, user, stays } = attempt;
  const why = stays === undefined ? await staysDisabled(approval, user, deps.adminEvents) : stays;
  attempt.stays = why;
  return why;
}

/** A deletion that waits, for the audit or for another part, leaves no door open. */
async function closeMeanwhile(
  { deps, approval, user }: Attempt,
  tasks: readonly Task[],
  progress: OutcomeProgress,
): Promise<void> {
  const waits = tasks.some(({ key, part }) => part === 'delete' && !progress.did(key));
  if (waits && user.enabled && approval.state !== 'approved') {
    await progress.done(closedMeanwhile);
    await deps.effects.accounts.apply(approval, { kind: 'disable' });
  }
}

/**
 * Asks the guards about the steps that are left. People decided, so of a protected person only the lockouts are left
 * out: a protected person who was approved is let in.
 * @returns whether a step is left out
 * @throws ServiceError RULE_STOPPED
 */
async function guarded(
  deps: RunOutcomeDeps,
  approval: Approval,
  user: UserFacts,
  progress: OutcomeProgress,
): Promise<(step: Step) => boolean> {
  const { audit, guards } = deps;
  if (approval.state === 'withdrawn' && (await isShutOut(deps, approval, user, progress))) {
    await audit.recordOnce(
      { kind: 'skipped', ...auditIds(approval), step: 'delete-user', because: shutOut },
      { name: JSON.stringify(['kept', approval.id]), at: approval.decidedAt ?? approval.expiresAt },
    );
    return locksOutNow;
  }
  const registration = bareRegistration(approval);
  const steps = stepsAfter(approval).filter((_step, index) => !progress.did(String(index)));
  const wished = approval.state === 'withdrawn' ? ({ wished: true } as const) : {};
  const verdict = await guards.ask({ rule: approval.rule, registration, user, steps, ...wished });
  if (verdict.kind === 'stopped') {
    throw ruleStopped(approval.rule, approval);
  }
  if (verdict.kind === 'protected') {
    const { id, decidedAt, expiresAt } = approval;
    const happened = { name: JSON.stringify(['protected', id]), at: decidedAt ?? expiresAt };
    await audit.recordOnce({ kind: 'skipped', ...auditIds(approval), because: verdict.because }, happened);
    return locksOutNow;
  }
  await verdict.counted;
  return () => false;
}

const shutOut = 'somebody else disabled the account, so a withdrawal does not delete it';

/**
 * Whether somebody else disabled the account, perhaps for what the person did. Then the account may be needed as
 * evidence, and the person's own link does not delete it.
 */
async function isShutOut(
  { adminEvents }: RunOutcomeDeps,
  approval: Approval,
  { enabled }: UserFacts,
  progress: OutcomeProgress,
): Promise<boolean> {
  if (enabled) {
    return false;
  }
  const { heldAccount, registeredAt } = approval;
  return heldAccount || progress.did(closedMeanwhile)
    ? (await adminEvents.disabledByOther(approval, registeredAt)) !== null
    : !(await adminEvents.disabledHere(approval, registeredAt));
}
