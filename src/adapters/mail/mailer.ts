import nodemailer from 'nodemailer';

import { ServiceError } from '../../platform/errors.ts';
import { plainAddress } from '../../messages/mail/address.ts';
import { tlsFault } from './tls-fault.ts';
import type { Mail } from '../../messages/mail/messages.ts';
import { smtpOptions, type SmtpSettings } from './smtp-options.ts';

export interface Mailer {
  /** @throws ServiceError MAIL_REFUSED when the server will never take it, MAIL_UNAVAILABLE when it may later */
  send(to: string, mail: Mail): Promise<void>;
  verify(): Promise<void>;
  close(): void;
}

export function createMailer({ from, ...settings }: SmtpSettings & { readonly from: string }): Mailer {
  const transport = nodemailer.createTransport({
    ...smtpOptions(settings),
    pool: true,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'vestibule.invalid';
  return {
    async send(to, { subject, text, html, key }) {
      if (!plainAddress.test(to)) {
        throw new ServiceError('MAIL_REFUSED', 'the recipient is not one plain mail address', { mail: key });
      }
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          envelope: { from: from.replace(/^.*<(.*)>$/, '$1'), to: [to] },
          subject,
          text,
          html,
          messageId: `<${key}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (cause) {
        throw translate(cause, key);
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
 * The server's own words may repeat the recipient, so only its code is passed on. What is wrong with the encryption is
 * said in full, for an operator has to mend it.
 */
function translate(cause: unknown, mail: string): ServiceError {
  const { responseCode, code, message = '' } = cause as { responseCode?: number; code?: string; message?: string };
  const fault = tlsFault(code, message);
  if (fault !== null) {
    return new ServiceError('MAIL_UNAVAILABLE', `no mail is sent: ${fault.what}; ${fault.remedy}`, { mail });
  }
  return responseCode !== undefined && responseCode >= 500
    ? new ServiceError('MAIL_REFUSED', `the mail server refuses the mail (${responseCode})`, { mail })
    : new ServiceError(
        'MAIL_UNAVAILABLE',
        `the mail server did not take the mail (${responseCode ?? code ?? 'no answer'})`,
        { mail },
      );
}
