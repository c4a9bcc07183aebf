import type { Question } from '../../approvals/ask-approver.ts';
import { headingName } from '../../platform/person-name.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { factsFor } from '../facts.ts';
import type { Message } from '../i18n/en.ts';
import { formatTime, languageOf, type Translate, translator } from '../i18n/translate.ts';
import type { ChatMessage, ChatPart } from './message.ts';

export interface ChatQuestion extends Question {
  /** To the page for approvers: the channel's own. */
  readonly link: string;
  /** Time zone of the readers. */
  readonly zone: string;
}

const nothingKnown = { fromAddress: null };

/** Asks a channel about one person. Who reads more of the person than is needed to know them opens the page. */
export function chatQuestion(question: ChatQuestion): ChatMessage {
  const { approval, approver, user, link, zone } = question;
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const application = oneLine(approval.application, 100);
  const { known } = factsFor(approval, user, nothingKnown, language, t);
  const careful = known.filter(({ label }) => label === t('fact.careful'));
  const parts: readonly ChatPart[] = [
    {
      kind: 'facts',
      facts: [addressOf(question, t), { label: t('fact.application'), value: application }, ...careful],
    },
    { kind: 'text', text: t('chat.until', { date: formatTime(language, approval.expiresAt, zone) }) },
    { kind: 'button', label: t('ask.button'), href: link },
  ];
  const heading = t(headingOf(question), { name: headingName(user) ?? t('chat.person'), application });
  return { language, summary: t('chat.summary', { application }), heading, parts };
}

/** Asks a channel about several people, each with a button of their own. */
export function chatDigest(questions: readonly ChatQuestion[]): ChatMessage {
  const [first] = questions;
  const approval = first?.approval;
  const language = languageOf(approval?.languages?.[first?.approver ?? 0]);
  const t = translator(language);
  const application = oneLine(approval?.application ?? '', 100);
  return {
    language,
    summary: t('chat.summary', { application }),
    heading: t('chat.digest', { count: questions.length }),
    parts: questions.map((question): ChatPart => {
      const { label, value } = addressOf(question, t);
      const until = formatTime(language, question.approval.expiresAt, question.zone);
      const heading = t(headingOf(question), {
        name: headingName(question.user) ?? t('chat.person'),
        application: oneLine(question.approval.application, 100),
      });
      const text = [heading, `${label}: ${value}`, until].join(' · ');
      return { kind: 'item', text, label: t('ask.button'), href: question.link };
    }),
  };
}

function headingOf({ asking }: ChatQuestion): Message {
  return asking === 'handed-over' ? 'chat.ask' : `chat.${asking}`;
}

function addressOf({ user: { email, emailVerified } }: ChatQuestion, t: Translate) {
  if (email === null) {
    return { label: t('fact.email'), value: t('fact.none') };
  }
  return { label: t(emailVerified ? 'fact.email.verified' : 'fact.email.stated'), value: oneLine(email) };
}
