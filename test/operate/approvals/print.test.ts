import { describe, expect, it } from '@jest/globals';

import type { Reviewed } from '../../../src/approvals/review.ts';
import { requestAsJson, requestAsText } from '../../../src/operate/approvals/print.ts';
import { byId } from '../../../src/operate/people.ts';
import { asked } from '../../fakes/stored-approvals.ts';

const approval = asked({
  id: 'a'.repeat(32),
  userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9',
  approvers: ['ann@acme.test', 'bob@acme.test'],
  askedAt: 0,
  expiresAt: 60_000,
  need: 2,
});
const waiting: Reviewed = { approval, standing: 'waiting', trouble: [], unsent: [] };
const votes = [{ approver: 'ann@acme.test', verdict: 'approve', at: 1_000, ip: '192.0.2.1', userAgent: null }] as const;
const lost: Reviewed = {
  approval: { ...approval, state: 'approved', votes, decidedAt: 1_000, application: 'Portal\u202e\n' },
  standing: 'given-up',
  trouble: [{ step: 'join-group', name: '/a\nb', code: 'GROUP_MISSING', since: 2_000, attempts: 1, givenUp: true }],
  unsent: [{ approvalId: approval.id, to: 1, code: 'MAIL_REFUSED', at: 3_000, job: 'mail/ask-1' }],
};
const hidden = { people: byId, names: false };

describe('src/operate/approvals/print', () => {
  it('tells of a request that waits: since and until when, votes, and who is asked', () => {
    expect(requestAsText(waiting, hidden)).toBe(
      `waiting ${approval.id}
  user de2a9363-1d67-4ac1-ac73-5ce556f0bec9 of realm acme, client portal
  asked 1970-01-01T00:00:00.000Z, until 1970-01-01T00:01:00.000Z: 0 of 2 votes; asked are a…@acme.test, b…@acme.test (acme.yaml:1 "r")
`,
    );
  });

  it('tells of one that is given up: who decided, what fails, and which mail was not sent, each on one line', () => {
    const [, , ...lines] = requestAsText(lost, hidden).split('\n');
    expect(lines).toEqual([
      '  approved 1970-01-01T00:00:01.000Z by a…@acme.test (acme.yaml:1 "r")',
      expect.stringMatching(
        /^ {2}join-group \/a.*b: GROUP_MISSING, 1 attempt since 1970-01-01T00:00:02.000Z, given up$/,
      ),
      '  the mail to the approver b…@acme.test was not sent: MAIL_REFUSED, given up 1970-01-01T00:00:03.000Z (mail/ask-1)',
      '',
    ]);
  });

  it('names people only where it is asked to, and never where approvers were', () => {
    const people = { call: () => 'user 1 (mia)' };
    expect(requestAsText(lost, { people, names: true })).toContain('by ann@acme.test');
    expect(JSON.stringify(requestAsJson(lost, hidden))).not.toMatch(/ann@|bob@|192\.0\.2\.1/);
    expect(requestAsJson(lost, { people, names: true })).toMatchObject({
      person: 'user 1 (mia)',
      approvers: ['ann@acme.test', 'bob@acme.test'],
      trouble: [{ code: 'GROUP_MISSING', since: '1970-01-01T00:00:02.000Z' }],
      unsent: [{ to: 1, at: '1970-01-01T00:00:03.000Z' }],
    });
  });
});
