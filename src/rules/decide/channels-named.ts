import type { ApproverRef, Rule, RuleBook } from '../model.ts';
import { everyStep } from '../steps/index.ts';

/** A channel that a rule asks, such as `slack:partners`. */
export interface NamedChannel {
  readonly rule: Rule;
  readonly channel: string;
}

/** The channels that rules ask, now or when they escalate. Each once for each rule. */
export function channelsNamed({ files }: RuleBook): NamedChannel[] {
  return files.flatMap(({ rules }) =>
    rules.flatMap((rule) => [...new Set(channelsOf(rule))].map((channel) => ({ rule, channel }))),
  );
}

function channelsOf({ then }: Rule): readonly string[] {
  const asks = everyStep(then).flatMap((step) => (step.uses === 'request-approval' ? [step.with] : []));
  const asked = asks.flatMap(({ approvers, escalate }): readonly ApproverRef[] => [
    ...approvers,
    ...(escalate?.to ?? []),
  ]);
  return asked.flatMap((approver) => ('chat' in approver ? [`${approver.chat}:${approver.channel}`] : []));
}
