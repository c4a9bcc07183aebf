import type { Logo } from './style.ts';

/** A mail, ready to be sent. */
export interface Mail {
  /** One line, without characters that a header could be made of. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Local part of the Message-ID: the same for a mail that is sent twice. */
  readonly key: string;
  /** The key of the mail that this one follows: mail programs show both as one thread. */
  readonly follows?: string;
  /** Of the client; else MAIL_FROM. */
  readonly from?: string;
  readonly replyTo?: string;
  /** The HTML shows it as `cid:logo`. */
  readonly logo?: Logo;
}
