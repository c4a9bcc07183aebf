import { describe, expect, it } from '@jest/globals';

import { refusalOf, type SmtpFailure } from '../../../src/adapters/mail/refusal.ts';

/** As nodemailer reports an answer to a command, before and after the content. */
const answered = (code: string, command: string, response: string): SmtpFailure => ({
  code,
  command,
  response,
  responseCode: Number(response.slice(0, 3)),
});
const toSender = (response: string) => answered('EENVELOPE', 'MAIL FROM', response);
const toRecipient = (response: string) => answered('EENVELOPE', 'RCPT TO', response);
const toData = (response: string) => answered('EENVELOPE', 'DATA', response);
const toContent = (response: string) => answered('EMESSAGE', 'DATA', response);

const final: readonly (readonly [string, SmtpFailure])[] = [
  ['no such mailbox', toRecipient('550 5.1.1 <x@y.test>: User unknown')],
  ['no such domain', toRecipient('550 5.1.2 bad destination system')],
  ['bad syntax of the mailbox', toRecipient('501 5.1.3 bad address')],
  ['moved', toRecipient('551 5.1.6 moved')],
  ['a domain without mail', toRecipient('556 5.1.10 null MX')],
  ['a mailbox that is closed', toRecipient('550 5.2.1 mailbox disabled')],
  ['550 without an enhanced code', toRecipient('550 No such user here')],
  ['553 without an enhanced code', toRecipient('553 mailbox name not allowed')],
  ['no such mailbox, seen after the content', toContent('550 5.1.1 no such user')],
  ['too large, by the size in MAIL FROM', toSender('552 5.3.4 message too big')],
  ['too large, by an old server', toSender('552 message size exceeds limit')],
  ['too large, after the content', toContent('552 5.3.4 too big')],
  ['too large, by an old server after the content', toContent('552 too big')],
  ['too large for the mailbox', toContent('552 5.2.3 too big for this mailbox')],
  ['too large, seen by nodemailer', { code: 'EMESSAGE', command: 'MAIL FROM' }],
  ['content not supported', toContent('554 5.6.1 media not supported')],
  ['content that cannot be converted', toContent('554 5.6.3 conversion required')],
];

const later: readonly (readonly [string, SmtpFailure])[] = [
  ['no connection', { code: 'ESOCKET', command: 'CONN' }],
  ['no such host', { code: 'EDNS', command: 'CONN' }],
  ['a timeout', { code: 'ETIMEDOUT', command: 'CONN' }],
  ['a cut', { code: 'ECONNECTION', command: 'CONN' }],
  ['a 554 greeting', answered('EPROTOCOL', 'CONN', '554 no SMTP service here')],
  ['a 421 greeting', answered('EPROTOCOL', 'CONN', '421 4.3.2 shutting down')],
  ['a refused EHLO', answered('ECONNECTION', 'EHLO', '550 5.7.1 not from this host')],
  ['a refused HELO', answered('EPROTOCOL', 'HELO', '550 go away')],
  ['STARTTLS that fails', answered('ETLS', 'STARTTLS', '554 5.7.3 TLS not available')],
  ['a wrong password', answered('EAUTH', 'AUTH PLAIN', '535 5.7.8 bad credentials')],
  ['a wrong password, by an old server', answered('EAUTH', 'AUTH LOGIN', '535 no')],
  ['a login that is locked for now', answered('EAUTH', 'AUTH PLAIN', '454 4.7.0 later')],
  ['no login, as MAIL FROM learns', toSender('530 5.7.0 authentication required')],
  ['a sender that is not ours', toSender('550 5.7.1 not your address')],
  ['a sender that there is not', toSender('550 5.1.8 sender domain not found')],
  ['a sender that is refused, by an old server', toSender('553 sender not allowed')],
  ['no login, as RCPT TO learns', toRecipient('530 5.7.0 authentication required')],
  ['relay denied', toRecipient('550 5.7.1 relaying denied')],
  ['relay denied, by an old server', toRecipient('550 relay not permitted')],
  ['relay denied, as a 554', toRecipient('554 5.7.1 <x@y.test>: Relay access denied')],
  ['a sender that there is not, as RCPT TO learns', toRecipient('550 5.1.8 sender domain not found')],
  ['a bad sender, as RCPT TO learns', toRecipient('553 5.1.7 sender not ok')],
  ['a block list', toRecipient('554 5.7.1 client host blocked')],
  ['a mailbox that is full', toRecipient('552 5.2.2 mailbox full')],
  ['greylisting', toRecipient('450 4.2.0 greylisted')],
  ['a recipient that cannot be checked now', toRecipient('451 4.1.1 later')],
  ['a fault of the server', toRecipient('554 5.3.0 other')],
  ['a refused DATA', toData('554 5.5.1 no valid recipients')],
  ['a refused DATA of class 5.6', toData('554 5.6.0 no')],
  ['a policy after the content', toContent('550 5.7.26 unauthenticated mail')],
  ['a 554 after the content that says no more', toContent('554 transaction failed')],
  ['a server that is full', toContent('452 4.3.1 insufficient storage')],
  ['a cut that quotes a number', answered('ECONNECTION', 'CONN', '550 5.1.1 unfinished')],
  ['something unknown', {}],
];

describe('src/adapters/mail/refusal', () => {
  it.each(final)('is final for %s', (_name, failure) => {
    expect(refusalOf(failure).final).toBe(true);
  });

  it.each(later)('is not final for %s', (_name, failure) => {
    expect(refusalOf(failure).final).toBe(false);
  });

  it.each([
    [
      answered('EAUTH', 'AUTH PLAIN', '535 5.7.8 x'),
      'refuses the login (535 5.7.8); check user and password in SMTP_URL',
    ],
    [answered('EPROTOCOL', 'CONN', '554 x'), 'refuses the connection (554)'],
    [{ code: 'ETIMEDOUT', command: 'CONN' }, 'did not take the mail (ETIMEDOUT)'],
    [{}, 'did not take the mail (no answer)'],
    [toSender('550 5.7.1 x'), 'refuses the sender; check MAIL_FROM, and the login in SMTP_URL (550 5.7.1)'],
    [toRecipient('450 4.2.0 x'), 'did not take the mail (450 4.2.0)'],
    [toRecipient('550 5.1.1 <mia@y.test> x'), 'refuses the recipient (550 5.1.1)'],
    [toContent('552 5.3.4 x'), 'refuses the content (552 5.3.4)'],
  ])('says what %j asks of an operator, in none of the words of the server', (failure, what) => {
    expect(refusalOf(failure).what).toBe(what);
  });

  it('says who can mend a relay that is denied and a policy', () => {
    expect(refusalOf(toRecipient('550 5.7.1 x')).what).toMatch(/^refuses to pass mail on; check the login/);
    expect(refusalOf(toContent('550 5.7.26 x')).what).toMatch(/policy.*MAIL_FROM/);
  });
});
