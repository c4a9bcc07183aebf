import { isLoopback } from '../../platform/networks.ts';

export interface SmtpSettings {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  readonly url: string;
  /** True: a server elsewhere may be spoken to unencrypted, when it offers no STARTTLS. */
  readonly allowPlaintext: boolean;
  /** Authority of the server's certificate, in PEM, in place of those that Node.js trusts. */
  readonly ca?: string;
}

/**
 * What nodemailer is to do. It does not get the URL itself: options in its query would go before these, such as
 * `?tls.rejectUnauthorized=false`.
 *
 * A server that offers no STARTTLS may be one whose offer somebody on the way took out. So TLS is required, unless the
 * server is on this machine or the operator says otherwise. Certificates are verified wherever there is TLS.
 */
export function smtpOptions({ url, allowPlaintext, ca }: SmtpSettings) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'smtps:';
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !allowPlaintext && !isLoopback(host),
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
    ...(username === '' && password === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}
