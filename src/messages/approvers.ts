import type { Approval } from '../approvals/approval.ts';
import { defanged } from '../platform/safe-text.ts';
import { approverName } from './approver-name.ts';
import type { Fact } from './facts.ts';
import type { Language, Translate } from './i18n/translate.ts';

/** The most approvers that are named one by one. */
const mostNamed = 5;

/** An approver as a mail may name them: nothing that a mail program could make a link of, but a mail address. */
export function harmlessApprover(address: string, t: Translate): string {
  return defanged(approverName(address, t), 120);
}

/** Who decides besides this approver, and who agreed already. Nothing where one decides alone. */
export function decidersFor(approval: Approval, approver: number, language: Language, t: Translate): readonly Fact[] {
  const { approvers, votes, need, retired = [] } = approval;
  const agreed = votes.filter(({ verdict }) => verdict === 'approve').map((vote) => vote.approver);
  const asked = approvers.filter(
    (address, index) => index !== approver && !retired.includes(index) && !agreed.includes(address),
  );
  const named = (addresses: readonly string[]): string => namesOf(addresses, language, t);
  return [
    ...(need > 1 ? [{ label: t('ask.need'), value: t('ask.count', { count: agreed.length, need }) }] : []),
    ...(agreed.length > 0 ? [{ label: t('ask.agreed'), value: named(agreed), ours: true }] : []),
    ...(asked.length > 0 ? [{ label: t('ask.also'), value: named(asked), ours: true }] : []),
  ];
}

function namesOf(addresses: readonly string[], language: Language, t: Translate): string {
  const names = addresses.slice(0, mostNamed).map((address) => harmlessApprover(address, t));
  const count = addresses.length - names.length;
  return count > 0
    ? t('ask.more', { names: names.join(', '), count })
    : new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
}
