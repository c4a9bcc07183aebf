/** What is known of a failed mail, as nodemailer reports it. */
export interface SmtpFailure {
  /** nodemailer's own: `EENVELOPE` before the content, `EMESSAGE` after it, else of the connection. */
  readonly code?: string | undefined;
  /** The command that failed: `MAIL FROM`, `RCPT TO`, `DATA`, `AUTH …`, `EHLO`, `CONN`. */
  readonly command?: string | undefined;
  readonly responseCode?: number | undefined;
  /** The server's own words. They may repeat the recipient. */
  readonly response?: string | undefined;
}

export interface Refusal {
  /** True: it is this mail that the server will never take. False: it may take the mail once somebody mended a thing. */
  readonly final: boolean;
  /** Completes "the mail server …". */
  readonly what: string;
}

const tooLarge: readonly string[] = ['5.2.3', '5.3.4'];
/** These are about the sender, though their class is that of addresses. */
const aboutSender: readonly string[] = ['5.1.7', '5.1.8'];

/**
 * Whether a refusal says something about this mail. Only a recipient that there is not, or a content that the server
 * will not have, does. A login, a greeting, a sender or a policy that is refused is refused for each mail: an operator
 * mends it, and the mails wait. The classes are those of RFC 3463.
 */
export function refusalOf(failure: SmtpFailure): Refusal {
  const { code, command = '', responseCode = 0 } = failure;
  const enhanced = enhancedCode(failure);
  const said = [responseCode || code || 'no answer', enhanced].filter((part) => part !== '').join(' ');
  if (code === 'EMESSAGE' && responseCode === 0) {
    return { final: true, what: 'takes no mail of this size' }; // nodemailer compared it with what the server announced
  }
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') {
    return { final: false, what: connectionFault(command, said) };
  }
  const permanent = responseCode >= 500;
  if (permanent && command === 'RCPT TO' && recipientRefused(failure, enhanced)) {
    return { final: true, what: `refuses the recipient (${said})` };
  }
  if (permanent && command !== 'RCPT TO' && contentRefused(failure, enhanced)) {
    return { final: true, what: `refuses the content (${said})` };
  }
  if (permanent && command === 'DATA' && isAboutRecipient(enhanced)) {
    return { final: true, what: `refuses the recipient (${said})` };
  }
  return { final: false, what: `${envelopeFault(command, permanent)} (${said})` };
}

function enhancedCode({ response = '' }: SmtpFailure): string {
  return /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?!\S)/.exec(response)?.[1] ?? '';
}

function isAboutRecipient(enhanced: string): boolean {
  return (/^5\.1\./.test(enhanced) && !aboutSender.includes(enhanced)) || enhanced === '5.2.1';
}

/** Servers without enhanced codes say 550 also for "relaying denied", which is no word about the recipient. */
function recipientRefused({ responseCode = 0, response = '' }: SmtpFailure, enhanced: string): boolean {
  return enhanced === ''
    ? [550, 551, 553, 556].includes(responseCode) && !/relay|authenticat|sender|policy|block/i.test(response)
    : isAboutRecipient(enhanced);
}

function contentRefused({ responseCode, code, command }: SmtpFailure, enhanced: string): boolean {
  const large = enhanced === '' ? responseCode === 552 : tooLarge.includes(enhanced);
  return large || (code === 'EMESSAGE' && command === 'DATA' && /^5\.6\./.test(enhanced));
}

function connectionFault(command: string, said: string): string {
  if (command.startsWith('AUTH')) {
    return `refuses the login (${said}); check user and password in SMTP_URL`;
  }
  if (command === 'EHLO' || command === 'HELO' || /^\d/.test(said)) {
    return `refuses the connection (${said})`;
  }
  return `did not take the mail (${said})`;
}

function envelopeFault(command: string, permanent: boolean): string {
  if (!permanent) {
    return 'did not take the mail';
  }
  if (command === 'MAIL FROM') {
    return 'refuses the sender; check MAIL_FROM, and the login in SMTP_URL';
  }
  return command === 'RCPT TO'
    ? 'refuses to pass mail on; check the login in SMTP_URL, and what the server lets this service do'
    : "refuses the mail by its policy; check the server's log, and what it asks of MAIL_FROM";
}
