import type { Decided } from '../../approvals/tell-others.ts';
import { headingName } from '../../platform/person-name.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { approverName } from '../approver-name.ts';
import { formatTime, languageOf, translator } from '../i18n/translate.ts';
import type { ChatMessage } from './message.ts';

/** Tells a channel that others have decided. */
export function chatDecided({ approval, approver, user }: Decided, zone: string): ChatMessage {
  const { state, votes, decidedAt, expiresAt } = approval;
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const approved = state === 'approved';
  const deciding = votes.filter(({ verdict }) => verdict === (approved ? 'approve' : 'reject'));
  const who = deciding.map((vote) => approverName(vote.approver, t));
  const values = {
    name: (user && headingName(user)) ?? t('chat.person'),
    who: new Intl.ListFormat(language).format(who),
  };
  const date = formatTime(language, decidedAt ?? expiresAt, zone);
  const application = oneLine(approval.application, 100);
  return {
    language,
    summary: t('chat.decided.summary', { application }),
    heading: t(approved ? 'chat.approved' : 'chat.rejected', values),
    parts: [
      { kind: 'facts', facts: [{ label: t('fact.application'), value: application }] },
      { kind: 'text', text: t('chat.decided', { date }) },
    ],
  };
}
