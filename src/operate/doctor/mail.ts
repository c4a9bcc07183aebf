import { senderAddress } from '../../messages/mail/address.ts';
import { tlsFault } from '../../adapters/mail/tls-fault.ts';
import { isLoopback } from '../../platform/networks.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';

/** Whether mail could be sent under that sender. */
export function senderFindings(from: string): Finding[] {
  const address = senderAddress(from);
  const domain = address?.split('@')[1] ?? '';
  return holding(
    [
      address === null,
      () =>
        error(
          'mail-from',
          'MAIL_FROM holds no mail address that mail could come from',
          'set an address, or "Name <address>"',
        ),
    ],
    [
      /(^|\.)(example(\.(com|net|org))?|invalid|localhost|local)$/i.test(domain),
      () =>
        warning(
          'mail-from-placeholder',
          `MAIL_FROM is under ${domain}, which gets no mail across the internet`,
          'send under a domain of yours, for which the mail server may send',
        ),
    ],
  );
}

export interface MailFault {
  /** nodemailer's code, or Node's. */
  readonly code: string;
  readonly message: string;
}

/** What became of trying the server as the service does, and, where that may be unencrypted, of demanding encryption. */
export interface MailFacts {
  readonly url: URL;
  readonly fault: MailFault | null;
  readonly encrypted: boolean | null;
}

export function mailFindings({ url, fault, encrypted }: MailFacts): Finding[] {
  if (fault === null) {
    return [
      fine('mail', `the mail server at ${url.host} answers${url.username === '' ? '' : ' and takes the login'}`),
      ...holding([
        url.protocol === 'smtp:' && !isLoopback(url.hostname) && encrypted === false,
        () =>
          warning(
            'mail-plain',
            `SMTP_ALLOW_PLAINTEXT is true: mail goes to ${url.host} unencrypted, links to approve with it`,
            'use smtps://, or a server that offers STARTTLS, and take the setting out',
          ),
      ]),
    ];
  }
  if (fault.code === 'EAUTH' || fault.code === 'ENOAUTH') {
    return [
      error('mail-login', `the mail server at ${url.host} refuses the login`, 'correct user and password in SMTP_URL'),
    ];
  }
  const tls = tlsFault(fault.code, fault.message);
  if (tls !== null) {
    const ids = { certificate: 'mail-certificate', 'not-offered': 'mail-no-tls', 'not-spoken': 'mail-tls' } as const;
    return [error(ids[tls.kind], `${url.host}: ${tls.what}`, tls.remedy)];
  }
  if (/greeting/i.test(fault.message)) {
    return [
      error(
        'mail-silent',
        `something at ${url.host} takes the connection, and does not greet as a mail server`,
        'where it speaks TLS from the start (port 465), use smtps:// in SMTP_URL',
      ),
    ];
  }
  return [
    error(
      'mail-away',
      `no connection to the mail server at ${url.host}: ${fault.code}`,
      'start it, or correct SMTP_URL',
    ),
  ];
}
