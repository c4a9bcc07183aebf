import { Readable } from 'node:stream';

import nodemailer, { type SendMailOptions } from 'nodemailer';

import { plainAddress } from '../../messages/mail/address.ts';
import type { Mail } from '../../messages/mail/mail.ts';
import { ServiceError } from '../../platform/errors.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { refusalOf, type SmtpFailure } from './refusal.ts';
import { smtpOptions, type SmtpSettings } from './smtp-options.ts';
import { tlsFault } from './tls-fault.ts';

export interface Mailer {
  /**
   * @param beforeEnd awaited before the server gets the end of the mail, without which it has no mail
   * @throws ServiceError MAIL_REFUSED when the server will never take it; MAIL_UNAVAILABLE when it may later;
   *   MAIL_UNANSWERED when it got the whole mail and gave no answer: it may have the mail
   */
  readonly send: (to: string, mail: Mail, beforeEnd?: () => Promise<void>) => Promise<void>;
  /** Connects and logs in. @throws ServiceError */
  readonly verify: () => Promise<void>;
  readonly close: () => void;
}

/** How far one mail came. */
interface Delivery {
  readonly beforeEnd: () => Promise<void>;
  /** The server got the whole mail, or may have. */
  ended: boolean;
  /** What `beforeEnd` failed with. nodemailer would change its code. */
  fault?: unknown;
}

export function createMailer({ from, ...settings }: SmtpSettings & { readonly from: string }): Mailer {
  const transport = nodemailer.createTransport({
    ...smtpOptions(settings),
    pool: true,
    // The pool would send a mail again by itself, unseen. Each attempt is counted by its job.
    maxRequeues: 0,
    // Closed by us before the server does: a mail that meets a closing connection waits for its next attempt.
    idleTimeout: 30_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const deliveries = new WeakMap<object, Delivery>();
  transport.use('stream', (mail, done) => {
    const delivery = deliveries.get(mail.data.headers as object);
    if (delivery !== undefined) {
      mail.message.processFunc((content) => Readable.from(holdingTheEnd(content, delivery), { objectMode: false }));
    }
    done();
  });
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'vestibule.invalid';
  return {
    async send(to, mail, beforeEnd = async () => undefined) {
      const { key } = mail;
      if (!plainAddress.test(to)) {
        throw new ServiceError('MAIL_REFUSED', 'the recipient is not one plain mail address', { mail: key });
      }
      const head = headOf(mail, to, from, domain);
      const headers = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
      const delivery: Delivery = { beforeEnd, ended: false };
      deliveries.set(headers, delivery);
      try {
        await transport.sendMail({
          ...head,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          attachments: logoOf(mail),
          headers,
        });
      } catch (cause) {
        throw failureOf(delivery, cause, key);
      }
    },
    async verify() {
      try {
        await transport.verify();
      } catch (cause) {
        throw translate(cause, 'verify');
      }
    },
    close: () => transport.close(),
  };
}

/**
 * Whom a mail comes from and goes to, and of which thread it is. Ids have the domain of MAIL_FROM, whatever the sender:
 * the thread stays one when a rule file names another sender. Bounces go to the address of the sender.
 */
function headOf(mail: Mail, to: string, from: string, domain: string): SendMailOptions {
  const { key, follows, replyTo } = mail;
  const sender = mailboxOf(mail.from ?? from, key);
  const first = follows === undefined ? undefined : `<${follows}@${domain}>`;
  return {
    from: sender,
    to: { name: '', address: to },
    envelope: { from: sender.address, to: [to] },
    ...(replyTo === undefined ? {} : { replyTo: mailboxOf(replyTo, key) }),
    messageId: `<${key}@${domain}>`,
    ...(first === undefined ? {} : { inReplyTo: first, references: first }),
  };
}

/** @throws ServiceError MAIL_REFUSED when a rule file names what is not one address */
function mailboxOf(text: string, mail: string): { readonly name: string; readonly address: string } {
  const [, name = '', bare = text] = /^([^<>]*)<([^<>]*)>$/u.exec(text) ?? [];
  if (!plainAddress.test(bare)) {
    throw new ServiceError('MAIL_REFUSED', 'the sender or the address for answers is not one mail address', { mail });
  }
  return { name: oneLine(name).replaceAll(/^"|"$/gu, ''), address: bare };
}

/** Shown where the HTML names it, not listed as an attachment. */
function logoOf({ logo }: Mail): SendMailOptions['attachments'] {
  return logo === undefined
    ? []
    : [
        {
          ...logo,
          cid: 'logo',
          filename: `logo.${logo.contentType === 'image/png' ? 'png' : 'jpg'}`,
          contentDisposition: 'inline',
        },
      ];
}

/** Passes a mail on when it is asked for, but its end only after `beforeEnd`: without its end, the server has no mail. */
async function* holdingTheEnd(content: Readable, delivery: Delivery): AsyncGenerator<Buffer> {
  yield* content as AsyncIterable<Buffer>;
  try {
    await delivery.beforeEnd();
  } catch (error) {
    delivery.fault = error;
    throw new Error('the mail was not ended', { cause: error });
  }
  delivery.ended = true;
}

function failureOf({ ended, fault }: Delivery, cause: unknown, mail: string): unknown {
  if (fault !== undefined) {
    return fault;
  }
  return ended && (cause as SmtpFailure).responseCode === undefined
    ? new ServiceError('MAIL_UNANSWERED', 'the mail server got the mail and did not answer', { mail })
    : translate(cause, mail);
}

/**
 * The server's own words may repeat the recipient, so only its code is passed on. What is wrong with the encryption is
 * said in full, for an operator has to mend it.
 */
function translate(cause: unknown, mail: string): ServiceError {
  const failure = cause as SmtpFailure & { readonly message?: string };
  const fault = tlsFault(failure.code, failure.message ?? '');
  if (fault !== null) {
    return new ServiceError('MAIL_UNAVAILABLE', `no mail is sent: ${fault.what}; ${fault.remedy}`, { mail });
  }
  const { final, what } = refusalOf(failure);
  return new ServiceError(final ? 'MAIL_REFUSED' : 'MAIL_UNAVAILABLE', `the mail server ${what}`, { mail });
}
