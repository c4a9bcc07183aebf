import type { Fact } from '../facts.ts';
import type { Language } from '../i18n/translate.ts';
import type { Values } from '../templates/engine.ts';
import type { MailStyle } from './style.ts';

/** A part of a mail. Each is written as HTML and as plain text. */
export type Block =
  | { readonly kind: 'text'; readonly text: string; readonly small?: true }
  /** Begins a part of a mail that is about several people. */
  | { readonly kind: 'title'; readonly text: string }
  /** What the mail is about: one press. In plain text the link stands below its label. */
  | { readonly kind: 'button'; readonly label: string; readonly href: string }
  /** A small link, for what few readers need. */
  | { readonly kind: 'link'; readonly label: string; readonly href: string }
  /** A box of facts, with what it holds as its title. */
  | { readonly kind: 'facts'; readonly facts: readonly Fact[]; readonly title?: string }
  /** Somebody's own words, boxed. No mail program makes a link of what they typed. */
  | { readonly kind: 'quote'; readonly title: string; readonly text: string };

/** What a mail says, before it has a form. */
export interface Letter {
  readonly language: Language;
  readonly subject: string;
  /** At the top of the mail; the subject where it is not given. */
  readonly heading?: string;
  readonly blocks: readonly Block[];
  /** Below the mail, in small letters. */
  readonly footer: string | null;
  readonly style?: MailStyle;
  /** Which template of an operator may replace the words, and what it may say. Absent: none may. */
  readonly template?: { readonly message: string; readonly values: Values };
}
