import type { ApprovalStore } from '../approvals/approval.ts';
import type { Audit } from '../jobs/audit.ts';
import { stepEntry } from './run-steps.ts';
import { deletesAccount, ruleStopped } from './lockout-limit.ts';
import { type Ask, type Asked, decideAsking } from './decide-asking.ts';
import { greeted } from './greeted.ts';
import type { Guards } from './guards.ts';
import { type Held, type Signs, signOfLettingIn } from './release.ts';
import { isServiceError } from '../platform/errors.ts';
import type { Answered, Recipient, UserLock } from '../jobs/payloads.ts';
import { readForGood } from '../ingest/presence.ts';
import type { Registration, UserRef } from '../ingest/registration.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';
import type { Effects, StepContext } from '../rules/steps/effects.ts';
import type { Decision, Question, RuleBook, RuleRef, Step } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { act, locksOut } from '../rules/steps/index.ts';

export interface DelayedStepDeps {
  readonly rules: () => RuleBook;
  readonly approvals: Pick<ApprovalStore, 'get'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly signs: Signs;
  readonly effects: Effects;
  readonly guards: Guards;
  readonly lock: UserLock;
  readonly audit: Audit;
  /** Asks a system of the company. */
  readonly ask: Ask;
  readonly now: () => number;
}

/** Runs a step that was delayed, if its reason still holds. */
export function createDelayedSteps(deps: DelayedStepDeps) {
  const { approvals, ask, audit, effects, guards, lock, now, rules, signs, users } = deps;

  async function whyNot(user: UserFacts, context: StepContext, step: Step): Promise<string | null> {
    const { registration, rule } = context;
    const obsolete = await whyNoLonger(user, context, step);
    if (obsolete !== null) {
      return obsolete;
    }
    const verdict = await guards.ask({ rule, registration, user, steps: [step] });
    if (verdict.kind === 'stopped') {
      throw ruleStopped(rule, registration);
    }
    if (verdict.kind === 'protected') {
      return verdict.because;
    }
    await verdict.counted;
    return null;
  }

  /**
   * A step that follows an outcome is still due. A step that a rule delayed is due only if the rule, as it is today,
   * still decides.
   */
  async function whyNoLonger(
    user: UserFacts,
    { registration, rule, key }: StepContext,
    step: Step,
  ): Promise<string | null> {
    const approval = await approvals.get(key.split('/')[0] ?? '');
    if (approval !== null) {
      const { hold, then, state } = approval;
      return state === 'approved' ? null : unlessLetIn(user, registration, step, { hold, grants: then.approved });
    }
    const again = await sameRule(rules(), { registration, user, cause: key }, rule, ask);
    return again === null
      ? 'the rule no longer holds for this person'
      : unlessLetIn(user, registration, step, heldBy(again.steps));
  }

  /** If an administrator let a user in meanwhile, no delayed step locks that user out. */
  async function unlessLetIn(user: UserFacts, who: UserRef, step: Step, held: Held): Promise<string | null> {
    return locksOut(step) ? signOfLettingIn(signs, who, user, held) : null;
  }

  return async (context: StepContext, step: Step, jobId: string): Promise<string> => {
    const { registration, rule, version } = context;
    const { realm, clientId, userId, eventId, time } = registration;
    const due: Step = { ...step, after: null };
    const entry = { realm, clientId, userId, eventId, rule, version, step: step.uses };
    async function skip(because: string): Promise<string> {
      await audit.record({ kind: 'skipped', ...entry, because });
      return 'no-longer';
    }
    return lock.hold(registration, jobId, async () => {
      const user = await readForGood(users, registration, time, now());
      if (user === null) {
        return skip('the user is gone');
      }
      try {
        const because = await whyNot(user, context, due);
        if (because !== null) {
          return await skip(because);
        }
        if (needsAudit(context, due)) {
          await audit.keptForGood(registration);
        }
        const outcome = await act(effects, { ...context, person: recipientOf(user, registration) }, due);
        await audit.record({ ...entry, ...stepEntry(step.uses, outcome) });
        return typeof outcome === 'string' ? 'applied' : 'left-alone';
      } catch (error) {
        if (isServiceError(error, 'USER_GONE')) {
          return skip('the user is gone');
        }
        throw error;
      }
    });
  };
}

/** A deletion, and what an approval grants, wait until the audit says for good why. */
function needsAudit({ disabledHere }: StepContext, step: Step): boolean {
  const followsApproval = disabledHere !== undefined;
  return deletesAccount(step) || (followsApproval && !locksOut(step));
}

/** Read when the step is due: the job that waited kept nothing of the person, who may have another address by then. */
function recipientOf(user: UserFacts, registration: Registration): Recipient | null {
  const { email, locale } = user;
  return email === null ? null : { address: email, locale: locale ?? registration.locale, ...greeted(user) };
}

/** How the steps of a rule keep a person out. */
function heldBy(steps: readonly Step[]): Held {
  const requests = steps.flatMap((step) =>
    step.uses === 'request-approval' && step.after === null ? [step.with] : [],
  );
  const gated = requests.some(({ hold }) => hold === 'gate');
  return {
    hold: disablesAccount(steps) ? 'account' : gated ? 'gate' : 'none',
    grants: requests.flatMap(({ approved }) => approved),
  };
}

/**
 * The decision of today's rules, if it is still the decision of that rule. The counts of that time are gone. So a
 * condition that counts may hold or not: either is accepted if it leads to the rule again. A system is asked again.
 */
async function sameRule(book: RuleBook, about: Asked, rule: RuleRef, ask: Ask): Promise<Decision | null> {
  let answers: readonly Answered[] = [];
  for (const count of [1, Number.POSITIVE_INFINITY]) {
    const sources = {
      count: () => count,
      ask: (question: Question) => ask(question, about),
      onAnswer: (answered: readonly Answered[]) => void (answers = answered),
    };
    const decision = await decideAsking(book, about, sources, answers);
    if (decision.kind === 'decided' && decision.matched?.file === rule.file && decision.matched.rule === rule.rule) {
      return decision;
    }
  }
  return null;
}
