import type { Templates } from '../templates/templates.ts';

/** What a client's rule file says about how its mails look and whom they come from. */
export interface MailStyle {
  /** Sender, such as `Partner desk <desk@acme.com>`. `null`: MAIL_FROM. */
  readonly from: string | null;
  readonly replyTo: string | null;
  /** Where a person who has a question can ask: a mail address or an `https` link. */
  readonly contact: string | null;
  /** Of buttons, `#rrggbb`. */
  readonly color: string | null;
  /** Shown at the top, and sent with the mail: nothing is fetched. */
  readonly logo: Logo | null;
  /** Where the application is. */
  readonly link: string | null;
  /** IANA name of the time zone for readers whose own is not known. `null`: UTC. */
  readonly timeZone: string | null;
  /** Texts of operators. Absent: the built-in ones stand. */
  readonly templates?: Templates;
}

export interface Logo {
  readonly contentType: string;
  readonly content: Buffer;
}

export const plainStyle: MailStyle = {
  from: null,
  replyTo: null,
  contact: null,
  color: null,
  logo: null,
  link: null,
  timeZone: null,
};
