import type { Language } from '../i18n/translate.ts';
import type { Fact } from '../facts.ts';

/** What a message to a channel says, before it has the form of Slack or Teams. */
export interface ChatMessage {
  readonly language: Language;
  /**
   * What it is about, in words of our own. Notifications show it, and programs that cannot show the rest. Nothing in it
   * was typed by a person: some programs read markup in it.
   */
  readonly summary: string;
  readonly heading: string;
  readonly parts: readonly ChatPart[];
}

export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | { readonly kind: 'button'; readonly label: string; readonly href: string }
  /** One of several: a line, with a button of its own. */
  | { readonly kind: 'item'; readonly text: string; readonly label: string; readonly href: string };
