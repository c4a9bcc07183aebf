import type { ApprovalView } from '../approvals/voting.ts';
import { approverName } from '../messages/approver-name.ts';
import type { Html } from '../messages/html.ts';
import { formatTime, type Language, type Translate, translator } from '../messages/i18n/translate.ts';
import { withNames } from './rich.ts';
import type { Named } from './shown-names.ts';

/** One approver who reads the page: what of, in which language, by which clock. */
export interface Reading {
  readonly view: ApprovalView;
  readonly language: Language;
  readonly t: Translate;
  /** Time zone of the approver. */
  readonly zone: string;
  /** The person, where this browser may show who it is. */
  readonly named: Named | null;
  /** A text of the catalogue with `{person}` in it: the name, or `the person` where it is not to be shown. */
  readonly ofPerson: (text: string) => Html;
  readonly time: (at: number) => string;
  /** An approver as the reader calls them: `you`, an address, a channel. */
  readonly who: (approver: string) => string;
}

export function readingOf(view: ApprovalView, language: Language, named: Named | null): Reading {
  const { approver, zone } = view;
  const t = translator(language);
  return {
    view,
    language,
    t,
    zone,
    named,
    ofPerson: (text) => withNames(text, { person: named?.name ?? t('then.person') }),
    time: (at) => formatTime(language, at, zone),
    who: (other) => (other === approver ? t('page.you') : approverName(other, t)),
  };
}
