import { describe, expect, it } from '@jest/globals';

import { mailFindings, senderFindings } from '../../../src/operate/doctor/mail.ts';

const remote = new URL('smtp://user:s3cret@mail.acme.com:587');
const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

describe('src/operate/doctor/mail', () => {
  it.each([
    ['mail-from', 'Vestibule'],
    ['mail-from', 'Vestibule <vestibule>'],
    ['mail-from-placeholder', 'Vestibule <vestibule@example.com>'],
    ['mail-from-placeholder', 'vestibule@localhost'],
  ])('finds %s in %s', (id, from) => {
    expect(ids(senderFindings(from))).toEqual([id]);
  });

  it.each(['vestibule@acme.com', 'Vestibule <vestibule@myexample.com>'])('takes %s', (from) => {
    expect(senderFindings(from)).toEqual([]);
  });

  it('finds mail-plain where mail leaves this machine unencrypted, and nowhere else', () => {
    expect(ids(mailFindings({ url: remote, fault: null, encrypted: false }))).toEqual(['mail', 'mail-plain']);
    expect(ids(mailFindings({ url: remote, fault: null, encrypted: true }))).toEqual(['mail']);
    expect(ids(mailFindings({ url: new URL('smtp://127.0.0.1:1025'), fault: null, encrypted: null }))).toEqual([
      'mail',
    ]);
  });

  it.each([
    ['mail-away', 'ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:587'],
    ['mail-login', 'EAUTH', 'Invalid login: 535 s3cret'],
    ['mail-tls', 'ESOCKET', 'error:0A00010B:SSL routines:ssl3_get_record:wrong version number'],
    ['mail-certificate', 'ESOCKET', 'self-signed certificate'],
    ['mail-no-tls', 'ETLS', 'Error upgrading connection with STARTTLS'],
    ['mail-silent', 'ETIMEDOUT', 'Greeting never received'],
  ])('finds %s in %s', (id, code, message) => {
    const findings = mailFindings({ url: remote, fault: { code, message }, encrypted: null });
    expect(findings).toEqual([expect.objectContaining({ id, level: 'error' })]);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });
});
