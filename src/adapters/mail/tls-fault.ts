export interface TlsFault {
  readonly kind: 'certificate' | 'not-offered' | 'not-spoken';
  readonly what: string;
  readonly remedy: string;
}

/**
 * What keeps a connection to the mail server from being encrypted, as nodemailer and Node.js report it; `null` when the
 * trouble is another one.
 */
export function tlsFault(code: string | undefined, message: string): TlsFault | null {
  if (/certificate|self-signed|altname/i.test(message)) {
    return {
      kind: 'certificate',
      what: `the certificate of the mail server is not trusted: ${message}`,
      remedy: 'use the name that the certificate has, renew it, or add its authority with NODE_EXTRA_CA_CERTS',
    };
  }
  if (/wrong version number|packet length too long/i.test(message)) {
    return {
      kind: 'not-spoken',
      what: 'the mail server does not begin with TLS',
      remedy: 'use smtp:// in SMTP_URL, which changes to TLS by STARTTLS',
    };
  }
  if (code === 'ETLS' && /STARTTLS/.test(message)) {
    return {
      kind: 'not-offered',
      what: 'the mail server offers no encryption (STARTTLS), or somebody on the way took the offer out',
      remedy:
        'use smtps:// in SMTP_URL or a server that offers STARTTLS; in a network of your own, SMTP_ALLOW_PLAINTEXT=true sends unencrypted',
    };
  }
  return null;
}
